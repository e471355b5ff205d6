#pragma once

#include <zeromiss/dataset/listing.hpp>
#include <zeromiss/image/decode.hpp>
#include <zeromiss/report/record.hpp>

#include <optional>
#include <string>

namespace zeromiss {

/// The picture of one record for people, as a small JPEG; nothing when the file is no longer what
/// was inspected. @throws whatever keeps it from being made; the report then goes without it
std::optional<std::string> thumbnail(const Listing& listing, const Record& record,
                                     const DecodeOptions& options);

}  // namespace zeromiss
