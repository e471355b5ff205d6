#include "gallery.hpp"

#include "support/catch.hpp"

#include <zeromiss/base/error.hpp>

#include <atomic>
#include <string>

using zeromiss::Gallery;
using zeromiss::Record;
using zeromiss::share_places;
using zeromiss::Shown;
using zeromiss::VerdictKind;

namespace {

Record record(const std::string& name, VerdictKind verdict, double score) {
  Record made;
  made.image = name;
  made.verdict = verdict;
  if (verdict != VerdictKind::error) made.score = score;
  return made;
}

std::string names(const std::vector<Shown>& shown) {
  std::string text;
  for (const auto& image : shown) text += image.record.image + (image.tile ? "* " : " ");
  return text;
}

using Counts = std::array<std::size_t, 4>;

}  // namespace

TEST_CASE(
    "images come rejected first, then review, errors and passes, each from the highest score") {
  Gallery gallery(100);
  gallery.add(record("p1", VerdictKind::pass, 0.001));
  gallery.add(record("e1", VerdictKind::error, 0));
  gallery.add(record("j1", VerdictKind::reject, 0.5));
  gallery.add(record("r1", VerdictKind::review, 0.1));
  gallery.add(record("p2", VerdictKind::pass, 0.009));
  gallery.add(record("j2", VerdictKind::reject, 0.9));
  gallery.add(record("e2", VerdictKind::error, 0));
  gallery.add(record("r2", VerdictKind::review, 0.1));
  CHECK(names(gallery.take(100)) == "j2* j1* r1* r2* e1* e2* p2* p1* ");
}

TEST_CASE("the highest scores are kept from any number of records, in whatever order they come") {
  Gallery gallery(3);
  for (int i = 0; i < 1000; ++i)
    gallery.add(record(std::to_string(i), VerdictKind::reject, (i * 389 % 1000) / 1000.0));
  // i * 389 mod 1000 is 999, 998, 997 for i = 491, 982, 473 (389 x 491 = 190999, and so on).
  CHECK(names(gallery.take(2)) == "491* 982* 473 ");
}

TEST_CASE("no group crowds out the others, and unused places are used") {
  CHECK(share_places(Counts{500, 500, 500, 500}, 100) == Counts{50, 25, 15, 10});
  CHECK(share_places(Counts{500, 0, 0, 500}, 100) == Counts{90, 0, 0, 10});
  CHECK(share_places(Counts{0, 0, 3, 500}, 100) == Counts{0, 0, 3, 97});
  CHECK(share_places(Counts{1, 2, 3, 4}, 100) == Counts{1, 2, 3, 4});
  CHECK(share_places(Counts{500, 500, 500, 500}, 0) == Counts{0, 0, 0, 0});
}

TEST_CASE("pictures stay within their budget and are the same for any number of threads") {
  for (const int threads : {1, 4}) {
    Gallery gallery(10);
    for (int i = 0; i < 7; ++i)
      gallery.add(record(std::to_string(i), VerdictKind::reject, 0.9 - i * 0.1));
    auto shown = gallery.take(6);
    std::atomic<int> made{0};
    zeromiss::HtmlOptions options;
    options.threads = threads;
    options.thumbnail_bytes = 25;
    options.thumbnail = [&](const Record& r) -> std::optional<std::string> {
      ++made;
      if (r.image == "1") return std::nullopt;
      if (r.image == "2") throw zeromiss::ItemError("image.unreadable", "gone");
      if (r.image == "4") throw std::bad_alloc();
      return std::string(r.image == "3" ? 20 : 10, 'x');
    };
    zeromiss::add_pictures(shown, options);
    CHECK(made == 6);  // the seventh is listed, but no tile
    // 10 bytes for "0"; none for "1", "2" and "4"; 20 for "3" would make 30; 10 for "5" makes 20.
    const std::vector<std::size_t> sizes = {10, 0, 0, 0, 0, 10, 0};
    for (std::size_t i = 0; i < sizes.size(); ++i) CHECK(shown[i].picture.size() == sizes[i]);
  }
}
