#include <zeromiss/base/hash.hpp>
#include <zeromiss/base/text.hpp>

#include <openssl/sha.h>

namespace zeromiss {

// OpenSSL's older interface: it fetches nothing, so no failed allocation of its start-up ends the
// process in it (EVP_DigestInit_ex of 3.0 does), and there is nothing left that could fail.
struct Sha256::Context {
  SHA256_CTX value{};
  Context() { SHA256_Init(&value); }
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::string_view text) {
  SHA256_Update(&context_->value, text.data(), text.size());
}

std::string Sha256::hex() {
  Digest digest{};
  SHA256_Final(digest.data(), &context_->value);
  return digest_hex(digest);
}

std::string sha256_hex(std::string_view text) {
  Sha256 hash;
  hash.update(text);
  return hash.hex();
}

std::string sha256_hex(std::span<const std::uint8_t> bytes) {
  return sha256_hex(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

std::optional<Digest> digest_of(std::string_view hex) {
  Digest digest{};
  if (hex.size() != 2 * digest.size()) return std::nullopt;
  const auto value = [](char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  };
  for (std::size_t i = 0; i < digest.size(); ++i) {
    const int high = value(hex[2 * i]), low = value(hex[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    digest[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return digest;
}

std::string digest_hex(const Digest& digest) {
  return to_hex({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

}  // namespace zeromiss
