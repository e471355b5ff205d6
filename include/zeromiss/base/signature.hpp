#pragma once

#include <string_view>

namespace zeromiss {

enum class SignatureState { valid, wrong, no_key };

/// Checks a detached signature by OpenSSL: RSA (PKCS #1 v1.5) and EC over SHA-256, as `openssl dgst
/// -sha256 -sign` makes them, and Ed25519 over the text itself, as `openssl pkeyutl -sign -rawin`.
/// @param public_key  PEM, SubjectPublicKeyInfo
SignatureState verify_signature(std::string_view text, std::string_view signature,
                                std::string_view public_key);

}  // namespace zeromiss
