#include "cli/plot.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <optional>
#include <utility>

namespace mlengine::cli {
namespace {

struct Range {
  double low = 0;
  double high = 1;
  // 0 at `low`, 1 at `high`; halves, as the whole distance may be more than a double holds.
  double Place(double value) const { return (value / 2 - low / 2) / (high / 2 - low / 2); }
  double At(double place) const { return low * (1 - place) + high * place; }
};

// Dots, several to a character where braille is drawn.
class Canvas {
 public:
  Canvas(int columns, int rows, bool braille)
      : columns_(columns),
        across_(braille ? 2 : 1),
        down_(braille ? 4 : 1),
        cells_(static_cast<std::size_t>(columns * rows), 0),
        height_(rows * down_) {}

  int width() const { return columns_ * across_; }
  int height() const { return height_; }

  // From the lower left corner.
  void Dot(int x, int y) {
    const int down = height_ - 1 - y;
    // Braille counts its dots down the left column, down the right one, then the lowest two.
    static constexpr unsigned char kBits[4][2] = {{1, 8}, {2, 16}, {4, 32}, {64, 128}};
    cells_[static_cast<std::size_t>(down / down_ * columns_ + x / across_)] |=
        kBits[down % down_][x % across_];
  }

  void Line(int x0, int y0, int x1, int y1) {
    const int steps = std::max({std::abs(x1 - x0), std::abs(y1 - y0), 1});
    for (int i = 0; i <= steps; ++i) {
      const auto between = [&](int a, int b) {
        return a + static_cast<int>(std::lround(static_cast<double>(b - a) * i / steps));
      };
      Dot(between(x0, x1), between(y0, y1));
    }
  }

  std::string Row(int row) const {
    std::string out;
    for (int column = 0; column < columns_; ++column) {
      const unsigned bits = cells_[static_cast<std::size_t>(row * columns_ + column)];
      if (down_ == 1) {
        out += bits != 0 ? '*' : ' ';
      } else if (bits == 0) {
        out += ' ';
      } else {  // U+2800 and the bits
        out +=
            {'\xE2', static_cast<char>(0xA0 | bits >> 6), static_cast<char>(0x80 | (bits & 63U))};
      }
    }
    return out.substr(0, out.find_last_not_of(' ') + 1);
  }

 private:
  const int columns_;
  const int across_;
  const int down_;
  std::vector<unsigned char> cells_;
  const int height_;
};

// Of equal values one above and one below, so that they lie in the middle.
Range Spread(Range range) {
  if (range.high > range.low) return range;
  constexpr double kMost = std::numeric_limits<double>::max();
  const double step = range.low == 0 ? 1 : std::max(std::abs(range.low) / 10, 1e-300);
  return {std::max(range.low - step, -kMost), std::min(range.low + step, kMost)};
}

void Draw(const std::vector<PlotPoint>& points, const Range& x, const Range& y, Canvas& canvas) {
  std::optional<std::pair<int, int>> before;
  for (const PlotPoint& point : points) {
    if (!std::isfinite(point.y)) {
      before.reset();
      continue;
    }
    const std::pair<int, int> at = {
        static_cast<int>(std::lround(x.Place(point.x) * (canvas.width() - 1))),
        static_cast<int>(std::lround(y.Place(point.y) * (canvas.height() - 1)))};
    if (before) canvas.Line(before->first, before->second, at.first, at.second);
    canvas.Dot(at.first, at.second);
    before = at;
  }
}

std::string Padded(const std::string& text, std::size_t width) {
  return std::string(width - std::min(width, text.size()), ' ') + text;
}

// "0        50       100" below the axis.
std::string StepLabels(const Range& x, std::size_t width) {
  const auto label = [](double step) {
    char text[32];
    std::snprintf(text, sizeof(text), "%.0f", step);
    return std::string(text);
  };
  const std::string first = label(x.low);
  if (first.size() > width) return "";
  if (x.high <= x.low) return std::string((width - std::min(width, first.size())) / 2, ' ') + first;
  const std::string last = label(x.high);
  const std::string middle = label(x.At(0.5));
  if (first.size() + last.size() + 1 > width) return first;
  std::string out = first + Padded(last, width - first.size());
  const std::size_t at = (width - middle.size()) / 2;
  const bool is_round = std::floor(x.At(0.5)) == x.At(0.5);
  if (is_round && at > first.size() && at + middle.size() + last.size() < width)
    out.replace(at, middle.size(), middle);
  return out;
}

std::optional<std::pair<Range, Range>> RangesOf(const std::vector<PlotPoint>& points) {
  std::optional<std::pair<Range, Range>> out;
  for (const PlotPoint& point : points) {
    if (!std::isfinite(point.y)) continue;
    if (!out) out = {{point.x, point.x}, {point.y, point.y}};
    auto& [x, y] = *out;
    x.high = point.x;
    y = {std::min(y.low, point.y), std::max(y.high, point.y)};
  }
  return out;
}

}  // namespace

std::string ShortNumber(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  char text[32];
  std::snprintf(text, sizeof(text), "%.4g", value);
  return text;
}

std::string Plot(const std::vector<PlotPoint>& points, const PlotLook& look) {
  const auto ranges = RangesOf(points);
  if (!ranges) return "";
  const Range y = Spread(ranges->second);
  const int rows = std::max(look.rows, 2);
  std::vector<std::string> labels(static_cast<std::size_t>(rows));
  const auto text_of = [&](double v) { return look.label ? look.label(v) : ShortNumber(v); };
  labels.front() = text_of(y.high);
  labels.back() = text_of(y.low);
  if (rows % 2 == 1 && rows >= 5) labels[static_cast<std::size_t>(rows / 2)] = text_of(y.At(0.5));
  std::size_t margin = 0;
  for (const std::string& label : labels) margin = std::max(margin, label.size());
  const int width = std::max(look.columns, 20) - static_cast<int>(margin) - 3;
  Canvas canvas(width, rows, look.braille);
  Draw(points, Spread(ranges->first), y, canvas);
  std::string out;
  for (int row = 0; row < rows; ++row) {
    const std::string& label = labels[static_cast<std::size_t>(row)];
    const std::string axis =
        look.braille ? (label.empty() ? "│" : "┤") : (label.empty() ? "|" : "+");
    const std::string curve = canvas.Row(row);
    out += " " + Padded(label, margin) + " " + axis + curve + "\n";
  }
  out += std::string(margin + 2, ' ') + (look.braille ? "└" : "+");
  for (int i = 0; i < width; ++i) out += look.braille ? "─" : "-";
  out += "\n" + std::string(margin + 3, ' ') +
         StepLabels(ranges->first, static_cast<std::size_t>(width)) + "\n";
  return out;
}

}  // namespace mlengine::cli
