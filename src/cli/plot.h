// A plot of one series for a terminal: braille dots with axes and numbers. Pure.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace mlengine::cli {

struct PlotPoint {
  double x = 0;  // never smaller than that of the point before
  double y = 0;  // not finite: a gap
};

struct PlotLook {
  int columns = 80;     // of the whole plot, at least 20
  int rows = 12;        // of the part with the curve, at least 2
  bool braille = true;  // else '*' in ASCII
  // How a value is written beside the curve; unset: ShortNumber.
  std::function<std::string(double)> label = {};
};

// Lines with their ends; none is wider than asked for. "" when no point is finite.
std::string Plot(const std::vector<PlotPoint>& points, const PlotLook& look);

// "0.25", "1.5e-06", "NaN": four digits that count.
std::string ShortNumber(double value);

}  // namespace mlengine::cli
