#include "wire.hpp"

#include <zeromiss/base/text.hpp>

#include <algorithm>
#include <cstring>

namespace zeromiss {

PacketWriter& PacketWriter::number(std::uint64_t value) {
  bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);  // both sides are one machine
  return *this;
}

PacketWriter& PacketWriter::text(std::string_view value) {
  value = value.substr(0, kMaxTextBytes);
  number(value.size());
  bytes_.append(value);
  return *this;
}

std::string_view PacketReader::take(std::size_t size) {
  if (size > bytes_.size() - at_) throw WireError("a message ends too early");
  const std::string_view part = std::string_view(bytes_).substr(at_, size);
  at_ += size;
  return part;
}

std::uint64_t PacketReader::number() {
  std::uint64_t value = 0;
  std::memcpy(&value, take(sizeof value).data(), sizeof value);
  return value;
}

std::uint64_t PacketReader::number(std::uint64_t most) {
  const std::uint64_t value = number();
  if (value > most) throw WireError("a number is out of range");
  return value;
}

std::string PacketReader::text() {
  std::string value = to_utf8(take(number(kMaxTextBytes)));
  std::replace_if(
      value.begin(), value.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return value;
}

void PacketReader::end() const {
  if (at_ != bytes_.size()) throw WireError("a message is longer than it says");
}

}  // namespace zeromiss
