#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace zeromiss {

/// What a parent and its engine child say to each other. One message is one packet of a
/// SOCK_SEQPACKET socket: never half of one, never two at once.
enum class Message : std::uint64_t {
  start,    ///< parent: StartOrder
  run,      ///< parent: number; the input lies in the arena
  shut_in,  ///< child: text, what its sandbox is made of; the model is not loaded yet
  ready,    ///< child: device, device_reason, library
  refused,  ///< child: text; the model cannot be loaded
  outputs,  ///< child: number, count, for each: name, image + 1,
            ///< dimensions, shape; values in the arena
  failed,   ///< child: number, code, text; an ItemError
};

/// The other side said what nobody says.
class WireError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// What one packet may hold. The limits count for what comes from a child, which nobody trusts.
inline constexpr std::size_t kMaxPacketBytes = 128U << 10U;
inline constexpr std::size_t kMaxTextBytes = 8U << 10U;
inline constexpr std::uint64_t kMaxOutputs = 4096, kMaxDimensions = 8;

class PacketWriter {
 public:
  explicit PacketWriter(Message kind) { number(static_cast<std::uint64_t>(kind)); }
  PacketWriter& number(std::uint64_t value);
  /// Cut to kMaxTextBytes.
  PacketWriter& text(std::string_view value);
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

/// Every member throws WireError where the packet ends too early.
class PacketReader {
 public:
  explicit PacketReader(std::string bytes) : bytes_(std::move(bytes)) {}
  std::uint64_t number();
  std::uint64_t number(std::uint64_t most);  ///< throws above `most`, too
  Message kind() { return static_cast<Message>(number()); }
  /// One line of UTF-8, whatever was sent: it goes into records.
  std::string text();
  void end() const;  ///< throws when something is left

 private:
  std::string_view take(std::size_t size);
  std::string bytes_;
  std::size_t at_ = 0;
};

}  // namespace zeromiss
