#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace zeromiss {

/// True for well-formed UTF-8 (Unicode 15, table 3-7: no overlong forms, no surrogates).
bool is_utf8(std::string_view bytes);

/// Well-formed UTF-8: each ill-formed byte sequence becomes U+FFFD.
std::string to_utf8(std::string_view bytes);

/// Lower-case hex of the bytes.
std::string to_hex(std::string_view bytes);

/// The bytes behind to_hex(). @throws std::logic_error on anything else
std::string from_hex(std::string_view hex);

/// For terminals: C0, DEL, C1 and what turns a text's direction become `?`, bad bytes U+FFFD.
std::string printable(std::string_view bytes);

/// Equal for names that differ only in case or Unicode normal form (macOS writes another one than
/// Linux), which people cannot tell apart. Ill-formed UTF-8 is its own key.
std::string name_key(std::string_view name);

/// A finite decimal number with a point and nothing around it; no value for anything else.
std::optional<double> finite_number(std::string_view text);

/// ASCII letters to lower case, the rest untouched.
std::string lower_ascii(std::string_view text);

/// Whether a path ends with another: "b" and "a/b" end "x/a/b", but "lot2/b" does not.
bool is_path_end(std::string_view end, std::string_view path);

/// A name for a file or folder that is safe on every file system and never a path: letters, digits,
/// '_', '-' and '.' (not first) as they are, every other byte as %XX.
std::string safe_file_name(std::string_view bytes);

/// The longest name of one file or folder that file systems take, in bytes.
inline constexpr std::size_t kLongestFileName = 255;

/// One name of at most `longest` bytes (>= 32): a longer one is cut, neither inside a character nor
/// inside a %XX, and ends with '~' and 16 digits of its SHA-256.
std::string short_file_name(std::string_view name, std::size_t longest);

}  // namespace zeromiss
