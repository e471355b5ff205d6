#include <zeromiss/base/hash.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/dataset/listing.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <system_error>

namespace zeromiss {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 14> kExtensions{".jpg", ".jpeg", ".jpe",  ".png",  ".bmp",
                                                       ".dib", ".tif",  ".tiff", ".webp", ".gif",
                                                       ".pbm", ".pgm",  ".ppm",  ".pnm"};
constexpr std::array<std::string_view, 5> kSystemNames{"thumbs.db", "desktop.ini", "@eadir",
                                                       "lost+found", "__macosx"};

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

bool is_system_name(std::string_view name) {
  const std::string lower = lower_ascii(name);
  return std::find(kSystemNames.begin(), kSystemNames.end(), lower) != kSystemNames.end() ||
         lower.rfind("~$", 0) == 0 || ends_with(lower, ".tmp") || ends_with(lower, ".part");
}

/// Why an entry is not inspected; nothing when it is.
std::optional<std::string> reason_to_skip(std::string_view name, bool folder,
                                          const ListOptions& options) {
  if (options.all_files) return std::nullopt;
  const std::string what = folder ? "folder" : "file";
  if (name.front() == '.') return "hidden " + what;
  if (is_system_name(name)) return "system " + what;
  if (!folder && !options.any_extension && !has_image_extension(name))
    return "not an image by its extension";
  return std::nullopt;
}

/// The device and inode of a folder, to enter each once.
std::string identity(const fs::path& folder) {
  std::error_code ignored;
  return fs::canonical(folder, ignored).string();
}

class Walker {
 public:
  Walker(Listing& out, const ListOptions& options)
      : out_(out),
        options_(options),
        exclude_(options.exclude.empty() ? std::string() : identity(options.exclude)) {}

  void walk(const fs::path& folder, const std::string& prefix) {
    const std::string place = options_.follow_links ? identity(folder) : std::string();
    if (!place.empty() && !visited_.insert(place).second) {
      skip(prefix, "link to a folder that is already listed");
      return;
    }
    std::error_code problem;
    for (fs::directory_iterator it(folder, problem), end; !problem && it != end;
         it.increment(problem))
      visit(*it, prefix);
    if (problem) {
      out_.images.add(prefix.empty() ? "./" : prefix);
      ++out_.unreadable_folders;
    }
  }

  /// After all real folders: one that a link leads to as well keeps its own name, whichever of the
  /// two the file system gave first.
  void follow_links() {
    while (!links_.empty()) {
      const auto link = links_.extract(links_.begin());
      walk(link.mapped(), link.key());
    }
  }

 private:
  void skip(const std::string& name, std::string reason, bool link = false) {
    out_.skipped.push_back({to_utf8(name), std::move(reason), link});
  }

  void visit(const fs::directory_entry& entry, const std::string& prefix) {
    const std::string name = entry.path().filename().string();
    const std::string relative = prefix + name;
    // A broken link is no folder: it is listed, and its read fails. What cannot be looked at for
    // another reason (a network that is gone) may be a folder full of images.
    std::error_code problem, ignored;
    const bool folder = entry.is_directory(problem);
    const bool unknown = problem && problem != std::errc::no_such_file_or_directory;
    if (unknown && !has_image_extension(name) &&
        (options_.follow_links || !entry.is_symlink(ignored))) {
      out_.images.add(relative + "/");
      ++out_.unreadable_folders;
      return;
    }
    if (auto reason = reason_to_skip(name, folder, options_)) {
      const bool named_out = name.front() == '.' || is_system_name(name);
      const bool lost = entry.is_symlink(ignored) && !entry.is_regular_file(ignored);
      return skip(relative, std::move(*reason), lost && !named_out);
    }
    if (!folder) return out_.images.add(relative);
    if (entry.is_symlink(ignored) && !options_.follow_links)
      return skip(relative, "link to a folder (--follow-links goes into it)", true);
    if (!exclude_.empty() && identity(entry.path()) == exclude_)
      return skip(relative, "the output folder");
    if (entry.is_symlink(ignored))
      links_.emplace(relative + "/", entry.path());
    else
      walk(entry.path(), relative + "/");
  }

  Listing& out_;
  const ListOptions& options_;
  std::string exclude_;
  std::set<std::string> visited_;
  std::map<std::string, fs::path> links_;  ///< to folders, by name: not followed yet
};

void refuse_doubles(const PathList& images, const std::string& name) {
  for (std::size_t i = 1; i < images.size(); ++i)
    if (images[i] == images[i - 1])
      throw Error(ErrorKind::input,
                  fmt::format("{}: path \"{}\" is there twice; list every image once", name,
                              printable(images[i])));
}

/// The name of an input in records: its last part, also for "lot1/" and "..".
std::string input_name(const fs::path& input) {
  const fs::path absolute = fs::absolute(input).lexically_normal();
  return (absolute.has_filename() ? absolute : absolute.parent_path()).filename().string();
}

void list_one(const fs::path& input, const std::string& name, bool several, Listing& out,
              Walker& walker) {
  std::error_code problem;
  const fs::file_status status = fs::status(input, problem);
  if (!fs::exists(status))
    throw Error(ErrorKind::input, fmt::format("{}: no such file or folder; check --input",
                                              printable(input.string())));
  if (fs::is_directory(status)) {
    const std::string prefix = several ? name + "/" : "";
    out.roots.push_back({prefix, input});
    walker.walk(input, prefix);
  } else {
    out.roots.push_back({name, input});
    out.images.add(name);
  }
}

}  // namespace

void PathList::add(std::string_view path) {
  entries_.push_back({text_.size(), static_cast<std::uint32_t>(path.size())});
  text_ += path;
}

void PathList::sort() {
  const std::string_view text = text_;
  std::sort(entries_.begin(), entries_.end(), [text](const Entry& a, const Entry& b) {
    return text.substr(a.offset, a.length) < text.substr(b.offset, b.length);
  });
}

std::optional<fs::path> Listing::find(std::string_view name) const {
  for (const Root& root : roots) {
    const bool folder = root.prefix.empty() || root.prefix.back() == '/';
    if (!folder && name == root.prefix) return root.location;
    if (folder && name.substr(0, root.prefix.size()) == root.prefix)
      return root.location / name.substr(root.prefix.size());
  }
  return std::nullopt;
}

fs::path Listing::locate(std::string_view name) const {
  auto place = find(name);
  if (!place) throw std::logic_error("a listed image belongs to no input");
  return *std::move(place);
}

std::string Listing::sha256() const {
  Sha256 hash;
  for (std::size_t i = 0; i < images.size(); ++i) {
    hash.update(images[i]);
    hash.update(std::string_view("\0", 1));
  }
  return hash.hex();
}

bool has_image_extension(std::string_view file_name) {
  const std::string lower = lower_ascii(file_name);
  return std::any_of(kExtensions.begin(), kExtensions.end(),
                     [&](std::string_view extension) { return ends_with(lower, extension); });
}

Listing list_inputs(const std::vector<fs::path>& inputs, const ListOptions& options) {
  Listing out;
  Walker walker(out, options);
  std::set<std::string> names;
  for (const fs::path& input : inputs) {
    const std::string name = input_name(input);
    if (!names.insert(name).second)
      throw Error(ErrorKind::usage, fmt::format("two inputs are called \"{}\": their records could "
                                                "not be told apart; rename one or use "
                                                "their common parent folder",
                                                printable(name)));
    list_one(input, name, inputs.size() > 1, out, walker);
  }
  walker.follow_links();
  // A root with a prefix is more specific than one without: it is asked first.
  std::stable_sort(out.roots.begin(), out.roots.end(),
                   [](const auto& a, const auto& b) { return a.prefix.size() > b.prefix.size(); });
  out.images.sort();
  std::sort(out.skipped.begin(), out.skipped.end(),
            [](const Skipped& a, const Skipped& b) { return a.path < b.path; });
  return out;
}

void require_no_links(const Listing& listing, const fs::path& folder) {
  for (const Skipped& entry : listing.skipped)
    if (entry.link)
      throw Error(
          ErrorKind::input,
          fmt::format("{}: is a link to a folder, expected the folder itself: links are not "
                      "followed, and what is labelled in it would be lost; copy it there",
                      (folder / entry.path).string()));
}

Listing list_from_text(std::string_view text, bool nul_separated, const fs::path& base,
                       const std::string& name) {
  Listing out;
  out.roots.push_back({"", base});
  const char separator = nul_separated ? '\0' : '\n';
  for (std::size_t line = 1; !text.empty(); ++line) {
    const std::size_t end = std::min(text.find(separator), text.size());
    std::string_view path = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!nul_separated && !path.empty() && path.back() == '\r') path.remove_suffix(1);
    // The system takes a NUL for a path's end: the first of many images would stand for all.
    if (path.find('\0') != std::string_view::npos)
      throw Error(ErrorKind::input,
                  fmt::format("{}: line {} holds a NUL byte, expected one path a line; give -0 "
                              "when every path ends with a NUL",
                              name, line));
    if (!path.empty()) out.images.add(path);
  }
  out.images.sort();
  refuse_doubles(out.images, name);
  return out;
}

}  // namespace zeromiss
