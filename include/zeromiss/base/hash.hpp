#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace zeromiss {

/// SHA-256 (FIPS 180-4) by OpenSSL, as 64 lower-case hex digits.
std::string sha256_hex(std::span<const std::uint8_t> bytes);
std::string sha256_hex(std::string_view text);

/// A SHA-256 in 32 bytes, for those who hold a million of them.
using Digest = std::array<std::uint8_t, 32>;
/// The digest behind 64 lower-case hex digits; no value for anything else.
std::optional<Digest> digest_of(std::string_view hex);
std::string digest_hex(const Digest& digest);

/// The same, fed in pieces.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  void update(std::string_view text);
  /// Ends the hash; no update() afterwards.
  std::string hex();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

}  // namespace zeromiss
