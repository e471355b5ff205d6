#pragma once

#include <c10/core/Device.h>

#include <string>

namespace zeromiss {

struct Device {
  c10::Device device;
  std::string reason;  ///< why this one, in words
};

/// @param wanted  auto, cpu, cuda or cuda:N
/// @throws Error(usage) for another word, Error(device) when there is no such device, saying why
Device choose_device(const std::string& wanted);

}  // namespace zeromiss
