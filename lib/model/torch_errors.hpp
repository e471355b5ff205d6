#pragma once

#include <zeromiss/base/error.hpp>

#include <c10/util/Exception.h>

#include <sstream>
#include <stdexcept>
#include <string>

namespace zeromiss {

/// LibTorch's messages carry C++ and TorchScript stack traces; the last line that says something is
/// the cause.
inline std::string last_line(const std::string& text) {
  std::string found = "unknown cause";
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    if (line.find_first_not_of(" \t~^<>-") != std::string::npos &&
        line.rfind("Exception raised", 0) != 0)
      found = line;
  return found;
}

/// LibTorch explains a bad archive in five sentences; the first names the cause.
inline std::string first_sentence(const std::string& text) {
  return text.substr(0, text.find(". "));
}

/// Runs `use` and turns whatever LibTorch throws into `fail(one line)`.
template <class Use, class Fail>
auto guarded(const Use& use, const Fail& fail) {
  try {
    return use();
  } catch (const c10::Error& error) {
    fail(last_line(error.what_without_backtrace()));
  } catch (const Error&) {
    throw;
  } catch (const ItemError&) {
    throw;
  } catch (const std::exception& error) {
    fail(last_line(error.what()));
  }
  throw std::logic_error("fail() returned");
}

}  // namespace zeromiss
