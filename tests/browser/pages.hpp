#pragma once
// What every page is held to.
#include "browser.hpp"
#include "support/catch.hpp"

#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

namespace zeromiss::test {

inline bool skipped() {
  if (!find_chromium().empty()) return false;
  std::cout << "SKIPPED: chromium is not installed\n";
  return true;
}

inline const std::string kHostile = "<img src=x onerror=alert(1)>{{body}}\u202E";

inline std::string text_of(Browser& browser, const std::string& selector) {
  return browser.evaluate("document.querySelector('" + selector + "').textContent");
}

/// Opens both languages: no complaint, no request, no markup from names, nothing that hangs out.
inline void check_page(Browser& browser, const std::filesystem::path& page,
                       const std::string& name) {
  browser.open(page);
  for (const std::string language : {"ko", "en"}) {
    CAPTURE(name, language);
    browser.evaluate("document.querySelector('[data-language=\"" + language + "\"]').click()");
    browser.resize(1280, 900);
    browser.screenshot(name + "-" + language);
    CHECK(browser.evaluate("document.documentElement.lang") == language);
    CHECK(browser.evaluate("document.querySelectorAll('img').length") == 0);
    for (const int width : {1280, 400}) {
      browser.resize(width, 900);
      CHECK(browser.evaluate("document.documentElement.scrollWidth") == width);
    }
  }
  browser.resize(1280, 900);
  CHECK(browser.complaints() == std::vector<std::string>{});
  CHECK(browser.requests() == std::vector<std::string>{});
}

}  // namespace zeromiss::test
