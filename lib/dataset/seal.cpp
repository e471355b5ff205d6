#include <zeromiss/base/error.hpp>
#include <zeromiss/base/hash.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/dataset/hash_list.hpp>
#include <zeromiss/dataset/listing.hpp>
#include <zeromiss/dataset/seal.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

namespace zeromiss {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFirstLine = "# zeromiss-seal/1";
constexpr std::string_view kRoot = "# root ", kFolder = "# folder ", kFile = "# file ",
                           kBytes = "# bytes ";

/// As coreutils writes a name: a backslash before the hash says that the name has escapes.
std::string hash_line(const std::string& hash, const std::string& path) {
  if (path.find_first_of("\\\n\r") == std::string::npos) return fmt::format("{}  {}\n", hash, path);
  std::string escaped;
  for (const char c : path) {
    if (c == '\\') escaped += "\\\\";
    if (c == '\n') escaped += "\\n";
    if (c == '\r') escaped += "\\r";
    if (c != '\\' && c != '\n' && c != '\r') escaped += c;
  }
  return fmt::format("\\{}  {}\n", hash, escaped);
}

void add_headings(std::string& text, std::string_view heading,
                  const std::vector<std::string>& paths) {
  for (const auto& path : paths) {
    if (path.find('\n') != std::string::npos)
      throw Error(ErrorKind::usage, fmt::format("{}: a line end in the name of what is sealed; "
                                                "rename it or seal the folder above",
                                                printable(path)));
    text.append(heading).append(path).append("\n");
  }
}

/// The value of a heading that must be there once.
std::uint64_t number_of(std::string_view text, const std::string& name) {
  const auto number = finite_number(text);
  if (!number || *number < 0)
    throw Error(ErrorKind::input,
                fmt::format("{}: unreadable heading \"{}{}\"", name, kBytes, printable(text)));
  return static_cast<std::uint64_t>(*number);
}

std::string joined(const std::string& folder, std::string_view name) {
  return folder == "." ? std::string(name) : folder + "/" + std::string(name);
}

void list_folder(const std::string& folder, const fs::path& base, SealedPaths& paths) {
  std::error_code ignored;
  const fs::path place = base / folder;
  if (!fs::is_directory(place, ignored)) {
    paths.lost_roots.push_back(folder);
    return;
  }
  ListOptions options;
  options.any_extension = options.follow_links = true;
  const Listing listing = list_inputs({place}, options);
  for (std::size_t i = 0; i < listing.images.size(); ++i) {
    const std::string_view name = listing.images[i];
    if (name.back() == '/')
      throw Error(ErrorKind::input, fmt::format("{}: cannot be read, so what is in it is not known",
                                                joined(folder, name)));
    paths.files.push_back(joined(folder, name));
  }
  for (const auto& skipped : listing.skipped)
    paths.skipped.push_back(fmt::format("{} ({})", joined(folder, skipped.path), skipped.reason));
}

}  // namespace

std::string seal_text(Seal& seal) {
  std::string headings =
      fmt::format("{}\n# files {}\n{}{}\n", kFirstLine, seal.hashes.size(), kBytes, seal.bytes);
  add_headings(headings, kFolder, seal.folders);
  add_headings(headings, kFile, seal.files);
  std::string lines;
  for (const auto& [path, hash] : seal.hashes) lines += hash_line(hash, path);
  seal.root = sha256_hex(headings + lines);
  return fmt::format("{}{}{}\n{}", headings, kRoot, seal.root, lines);
}

Seal parse_seal(std::string_view text, const std::string& name) {
  if (!text.starts_with(kFirstLine))
    throw Error(ErrorKind::input, fmt::format("{}: is no seal; its first line is not \"{}\"; "
                                              "evaluate seal writes one",
                                              name, kFirstLine));
  Seal seal;
  std::string rest;
  for (std::string_view left = text; !left.empty();) {
    const std::size_t end = std::min(left.find('\n'), left.size());
    std::string_view line = left.substr(0, end);
    left.remove_prefix(std::min(end + 1, left.size()));
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);  // git on Windows
    const auto value_of = [&](std::string_view heading) { return line.substr(heading.size()); };
    if (line.starts_with(kRoot)) {
      seal.root = std::string(value_of(kRoot));
      continue;
    }
    rest.append(line).append("\n");
    if (line.starts_with(kFolder)) seal.folders.emplace_back(value_of(kFolder));
    if (line.starts_with(kFile)) seal.files.emplace_back(value_of(kFile));
    if (line.starts_with(kBytes)) seal.bytes = number_of(value_of(kBytes), name);
  }
  if (sha256_hex(rest) != seal.root)
    throw Error(ErrorKind::refused,
                fmt::format("{}: the seal itself was changed: its lines do not have the root hash "
                            "that it states",
                            name));
  seal.hashes = HashList::parse(text, name).entries();
  return seal;
}

std::string path_from(const fs::path& base, const fs::path& place) {
  fs::path whole = fs::absolute(place);
  if (!whole.has_filename()) whole = whole.parent_path();  // "test/"
  const fs::path name = whole.filename();
  const bool named = name != "." && name != "..";
  std::error_code problem;  // "link/../labels" lies beside what the link leads to
  const fs::path above = fs::canonical(named ? whole.parent_path() : whole, problem);
  whole = problem ? whole.lexically_normal() : named ? above / name : above;
  return whole.lexically_relative(fs::canonical(base)).generic_string();
}

SealedPaths list_sealed(const Seal& seal, const fs::path& base, const std::string& seal_name) {
  SealedPaths paths;
  std::error_code ignored;
  for (const auto& folder : seal.folders) list_folder(folder, base, paths);
  for (const auto& file : seal.files) {
    if (fs::exists(base / file, ignored))
      paths.files.push_back(file);
    else
      paths.lost_roots.push_back(file);
  }
  std::sort(paths.files.begin(), paths.files.end());
  paths.files.erase(std::unique(paths.files.begin(), paths.files.end()), paths.files.end());
  paths.files.erase(std::remove(paths.files.begin(), paths.files.end(), seal_name),
                    paths.files.end());
  return paths;
}

SealDifference compare_with_seal(const Seal& seal,
                                 const std::map<std::string, std::string, std::less<>>& found) {
  SealDifference difference;
  for (const auto& [path, hash] : seal.hashes) {
    const auto now = found.find(path);
    if (now == found.end())
      difference.lost.push_back(path);
    else if (now->second != hash)
      difference.changed.push_back(path);
  }
  for (const auto& [path, hash] : found)
    if (seal.hashes.find(path) == seal.hashes.end()) difference.added.push_back(path);
  return difference;
}

}  // namespace zeromiss
