#pragma once

#include "support/catch.hpp"

/// Within `margin`, absolutely. (Approx alone also lets 1.2e-5 of the value pass.)
inline Approx near(double value, double margin) {
  return Approx(value).margin(margin).epsilon(0.0);
}
