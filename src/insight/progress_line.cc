#include "insight/progress_line.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>

namespace mlengine::insight {
namespace {

constexpr std::size_t kLineLimit = 4096;
constexpr std::string_view kHeavyLine = "\xE2\x94\x81";  // what the bars of Keras 3 are drawn with

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool IsWordPart(char c) {
  return IsDigit(c) || IsLetter(c) || c == '_';
}

std::string_view LastState(std::string_view line) {
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
  const std::size_t last = line.rfind('\r');
  return (last == std::string_view::npos ? line : line.substr(last + 1)).substr(0, kLineLimit);
}

// In lower case, without colours and without the backspaces that older bars of Keras begin with.
std::string Plain(std::string_view line) {
  std::string out;
  out.reserve(line.size());
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '\x1b' && i + 1 < line.size() && line[i + 1] == '[') {
      for (i += 2; i < line.size() && !IsLetter(line[i]);) ++i;
    } else if (c != '\b') {
      out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }
  return out;
}

// A place in a text, moved over what is read.
class Cursor {
 public:
  Cursor(std::string_view text, std::size_t at) : text_(text), at_(at) {}

  bool Take(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }
  void Skip(std::string_view characters) {
    while (at_ < text_.size() && characters.find(text_[at_]) != std::string_view::npos) ++at_;
  }
  // A whole number, "1000" or "1,000"; not the beginning of "1.5", "3e4" or "10k".
  std::optional<std::int64_t> Number() {
    std::string digits;
    std::size_t end = at_;
    const auto digits_from = [&](std::size_t from) {
      std::size_t to = from;
      while (to < text_.size() && IsDigit(text_[to])) ++to;
      return to - from;
    };
    for (std::size_t count = digits_from(end); count > 0;) {
      digits += text_.substr(end, count);
      end += count;
      const bool thousands = end < text_.size() && text_[end] == ',' && digits_from(end + 1) == 3;
      count = thousands ? 3 : 0;
      if (thousands) ++end;
    }
    const char next = end < text_.size() ? text_[end] : ' ';
    const bool fraction = next == '.' && end + 1 < text_.size() && IsDigit(text_[end + 1]);
    std::int64_t number = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (digits.empty() || IsWordPart(next) || fraction || read.ec != std::errc()) return {};
    at_ = end;
    return number;
  }
  // "1.5" or "12", of any number of digits.
  std::optional<double> Decimal() {
    double number = 0;
    const char* begin = text_.data() + at_;
    const auto [end, error] =
        std::from_chars(begin, text_.data() + text_.size(), number, std::chars_format::fixed);
    if (error != std::errc() || !std::isfinite(number) || number <= 0) return {};
    at_ += static_cast<std::size_t>(end - begin);
    return number;
  }
  std::string_view Rest() const { return text_.substr(std::min(at_, text_.size())); }

 private:
  std::string_view text_;
  std::size_t at_;
};

struct Count {
  std::int64_t done = 0;
  std::optional<std::int64_t> total;
};

// "N", "N/M" and "N of M" behind "step", with what stands between: " #", ": ", "=", "\": ", " [".
std::optional<Count> CountBehind(std::string_view text, std::size_t at) {
  Cursor cursor(text, at);
  cursor.Skip("\"' ");
  if (!cursor.Take(":")) static_cast<void>(cursor.Take("="));
  cursor.Skip(" #[(\"'");
  const std::optional<std::int64_t> done = cursor.Number();
  if (!done) return {};
  Count count{*done, {}};
  cursor.Skip(" ");
  if (cursor.Take("/") || cursor.Take("of ")) {
    cursor.Skip(" ");
    count.total = cursor.Number();
  }
  return count;
}

// The first place where `word` stands by itself with a count behind it.
std::optional<Count> FindCount(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos;
       at = text.find(word, at + 1)) {
    if (at > 0 && IsWordPart(text[at - 1])) continue;
    if (std::optional<Count> count = CountBehind(text, at + word.size())) return count;
  }
  return {};
}

// Whether a word of the text begins with one of `words`: "val_loss", not "interval_loss".
bool HasAny(std::string_view text, const auto& words) {
  return std::ranges::any_of(words, [&](std::string_view word) {
    for (std::size_t at = text.find(word); at != std::string_view::npos;
         at = text.find(word, at + 1)) {
      if (at == 0 || !IsWordPart(text[at - 1])) return true;
    }
    return false;
  });
}

constexpr std::array<std::string_view, 13> kEvaluation = {"validation accuracy",
                                                          "validation loss",
                                                          "val_",
                                                          "val loss",
                                                          "val acc",
                                                          "eval_acc",
                                                          "eval_loss",
                                                          "evaluation",
                                                          "evaluating",
                                                          "test accuracy",
                                                          "test loss",
                                                          "saving dict for global step",
                                                          "validating"};
// Bars of other things than training.
constexpr std::array<std::string_view, 8> kOtherBars = {"download", "map",  "load",   "tokeniz",
                                                        "extract",  "read", "filter", "generat"};
constexpr std::array<std::string_view, 3> kJudgingBars = {"eval", "valid", "test"};
constexpr std::array<std::string_view, 7> kStepWords = {
    "global_step", "global step", "train_step", "step", "iteration", "iter", "batch"};

// "45.0it/s", "1.5s/it", "12ms/step", "120us/step"; steps a second.
std::optional<double> RateIn(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!IsDigit(text[at]) || (at > 0 && (IsWordPart(text[at - 1]) || text[at - 1] == '.')))
      continue;
    Cursor cursor(text, at);
    const std::optional<double> number = cursor.Decimal();
    if (!number) continue;
    for (const auto& [unit, seconds] :
         {std::pair("ms/", 1e-3), std::pair("us/", 1e-6), std::pair("s/", 1.0)}) {
      Cursor behind = cursor;
      if (behind.Take(unit) && !behind.Rest().empty() && IsLetter(behind.Rest()[0]))
        return 1 / (*number * seconds);
    }
    std::string_view rest = cursor.Rest();
    std::size_t letters = 0;
    while (letters < rest.size() && IsLetter(rest[letters])) ++letters;
    const std::string_view unit = rest.substr(0, letters);
    const bool counts = unit == "it" || unit == "step" || unit == "steps" || unit == "batch" ||
                        unit == "batches" || unit == "ba";
    if (counts && rest.substr(letters, 2) == "/s") return *number;
  }
  return {};
}

// "450/1000 [", "450/1000 ━" and "450/1000 - 3s"; `at`: where its first number begins.
struct Bar {
  Count count;
  std::size_t at = 0;
};
std::optional<Bar> FindBar(std::string_view text) {
  for (std::size_t slash = text.find('/'); slash != std::string_view::npos;
       slash = text.find('/', slash + 1)) {
    std::size_t start = slash;
    while (start > 0 && IsDigit(text[start - 1])) --start;
    if (start == slash || (start > 0 && (IsWordPart(text[start - 1]) || text[start - 1] == '.' ||
                                         text[start - 1] == '/')))
      continue;
    std::int64_t done = 0;
    const auto read = std::from_chars(text.data() + start, text.data() + slash, done);
    if (read.ec != std::errc()) continue;
    Cursor cursor(text, slash + 1);
    const std::optional<std::int64_t> total = cursor.Number();
    if (!total) continue;
    cursor.Skip(" ");
    const std::string_view rest = cursor.Rest();
    const bool one_line = rest.size() > 2 && rest.starts_with("- ") && IsDigit(rest[2]);
    if (rest.starts_with('[') || rest.starts_with(kHeavyLine) || one_line)
      return Bar{{done, total}, start};
  }
  return {};
}

// "450it [00:10, 45.0it/s]": a bar that does not know its end.
std::optional<Bar> FindOpenBar(std::string_view text) {
  const std::size_t at = text.find("it [");
  if (at == std::string_view::npos || at == 0) return {};
  std::size_t start = at;
  while (start > 0 && IsDigit(text[start - 1])) --start;
  std::int64_t done = 0;
  const auto read = std::from_chars(text.data() + start, text.data() + at, done);
  if (start == at || read.ec != std::errc()) return {};
  return Bar{{done, {}}, start};
}

bool ReadBar(std::string_view text, Progress& out) {
  std::optional<Bar> bar = FindBar(text);
  if (!bar) bar = FindOpenBar(text);
  if (!bar) return false;
  const std::string_view title = text.substr(0, bar->at);
  if (HasAny(title, kOtherBars)) return true;
  // A training's own bar may end with the losses of the validation after it.
  out.is_evaluation = HasAny(title, kJudgingBars);
  out.is_bar = true;
  out.step = bar->count.done;
  out.total = bar->count.total;
  out.steps_per_second = RateIn(text.substr(bar->at));
  return true;
}

}  // namespace

std::optional<Progress> ParseProgress(std::string_view line) {
  const std::string plain = Plain(LastState(line));
  const std::string_view text = plain;
  Progress out;
  out.is_evaluation = HasAny(text, kEvaluation);
  if (const std::optional<Count> epoch = FindCount(text, "epoch")) {
    out.epoch = epoch->done;
    out.epochs = epoch->total;
  }
  constexpr std::string_view kRate = "global_step/sec";
  if (const std::size_t at = text.find(kRate); at != std::string_view::npos) {
    Cursor cursor(text, at + kRate.size());
    cursor.Skip(" :=");
    out.steps_per_second = cursor.Decimal();
  } else if (!ReadBar(text, out)) {
    for (const std::string_view word : kStepWords) {
      const std::optional<Count> step = FindCount(text, word);
      if (!step) continue;
      out.step = step->done;
      out.total = step->total;
      break;
    }
  }
  const bool tells = out.step || out.epoch || out.steps_per_second || out.is_evaluation;
  return tells ? std::optional(out) : std::nullopt;
}

}  // namespace mlengine::insight
