#include "insight/step_arguments.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/number_text.h"
#include "insight/flag_name.h"

namespace mlengine::insight {
namespace {

constexpr std::array<std::string_view, 16> kStepNames = {"how_many_training_steps",
                                                         "train_steps",
                                                         "training_steps",
                                                         "num_train_steps",
                                                         "num_training_steps",
                                                         "max_steps",
                                                         "num_steps",
                                                         "total_steps",
                                                         "max_train_steps",
                                                         "train_max_steps",
                                                         "steps",
                                                         "n_steps",
                                                         "iterations",
                                                         "num_iterations",
                                                         "max_iterations",
                                                         "max_iters"};
constexpr std::array<std::string_view, 7> kEpochNames = {
    "epochs", "num_epochs", "train_epochs", "n_epochs", "max_epochs", "num_train_epochs", "epoch"};
// More steps than any training has.
constexpr std::int64_t kLimit = 1'000'000'000'000;

// "800,200"; empty when it is anything else.
std::vector<std::int64_t> Numbers(std::string_view text) {
  std::vector<std::int64_t> out;
  while (true) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::int64_t number = ToNumber<std::int64_t>(text.substr(0, comma)).value_or(-1);
    if (number < 0 || number > kLimit) return {};
    out.push_back(number);
    if (comma == text.size()) return out;
    text.remove_prefix(comma + 1);
  }
}

struct Value {
  std::string flag;  // as written, without the value
  std::size_t argument = 0;
  std::string_view text;
};

// The flag that begins at `at`, with its value there or in the next argument.
Value ValueAt(const std::vector<std::string>& arguments, std::size_t at) {
  const std::string_view word = arguments[at];
  const std::size_t equals = word.find('=');
  if (equals != std::string_view::npos)
    return {std::string(word.substr(0, equals)), at, word.substr(equals + 1)};
  if (at + 1 < arguments.size()) return {std::string(word), at + 1, arguments[at + 1]};
  return {std::string(word), at, ""};
}

}  // namespace

std::int64_t LengthFlag::total() const {
  std::int64_t sum = 0;
  for (const std::int64_t value : values) sum += value;
  return sum;
}

std::optional<LengthFlag> FindLengthFlag(const std::vector<std::string>& arguments) {
  std::optional<LengthFlag> steps;
  std::optional<LengthFlag> epochs;
  for (std::size_t at = 0; at < arguments.size(); ++at) {
    const Value value = ValueAt(arguments, at);
    const std::string name = FlagName(value.flag);
    const bool is_steps = std::ranges::find(kStepNames, name) != kStepNames.end();
    const bool is_epochs = std::ranges::find(kEpochNames, name) != kEpochNames.end();
    if (!is_steps && !is_epochs) continue;
    LengthFlag found{value.flag, value.argument, Numbers(value.text), is_epochs};
    if (found.values.empty() || found.values.size() > 100 || found.total() < 1) continue;
    (is_steps ? steps : epochs) = std::move(found);
  }
  return steps ? steps : epochs;
}

std::vector<std::string> WithLength(const std::vector<std::string>& arguments,
                                    const LengthFlag& flag, std::int64_t steps) {
  const double share = static_cast<double>(steps) / static_cast<double>(flag.total());
  std::string text;
  std::int64_t given = 0;
  for (const std::int64_t value : flag.values) {
    const auto part = std::min<std::int64_t>(
        static_cast<std::int64_t>(static_cast<double>(value) * share), steps - given);
    given += part;
    text += (text.empty() ? "" : ",") + std::to_string(part);
  }
  if (given == 0) {
    text = "1";
    for (std::size_t i = 1; i < flag.values.size(); ++i) text += ",0";
  }
  std::vector<std::string> out = arguments;
  std::string& argument = out[flag.argument];
  const bool joined = argument.starts_with(flag.name + "=");
  argument = (joined ? flag.name + "=" : "") + text;
  return out;
}

std::optional<std::int64_t> EvaluationInterval(const std::vector<std::string>& arguments) {
  std::optional<std::int64_t> out;
  for (std::size_t at = 0; at < arguments.size(); ++at) {
    const Value value = ValueAt(arguments, at);
    const std::string name = FlagName(value.flag);
    const auto has = [&](std::string_view word) { return name.find(word) != std::string::npos; };
    const bool judges = has("eval") || has("valid");
    if (!judges || !(has("interval") || has("every") || has("freq") || has("period"))) continue;
    const std::vector<std::int64_t> numbers = Numbers(value.text);
    if (numbers.size() == 1 && numbers[0] > 0) out = numbers[0];
  }
  return out;
}

}  // namespace mlengine::insight
