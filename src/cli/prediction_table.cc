#include "cli/prediction_table.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cctype>
#include <cstdio>
#include <numeric>
#include <optional>
#include <string_view>
#include <vector>

#include "cli/output.h"

namespace mlengine::cli {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

constexpr std::size_t kShownOfList = 4;  // values in a cell
constexpr std::size_t kRanked = 5;       // lines of a ranking

// Names of two lists of one prediction that belong together.
struct Ranking {
  std::string texts;
  std::string numbers;
};

std::string Title(std::string_view name) {
  std::string title(name);
  for (char& c : title) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return title;
}

// A number with as many digits as are read; the answer as JSON has them all.
std::string NumberText(const value& number) {
  if (!number.is_double()) return boost::json::serialize(number);
  char text[32];
  std::snprintf(text, sizeof(text), "%.5g", number.get_double());
  return text;
}

std::string CellText(const value& cell) {
  if (cell.is_string()) return std::string(cell.get_string());
  if (cell.is_number()) return NumberText(cell);
  if (!cell.is_array()) return boost::json::serialize(cell);
  const array& list = cell.get_array();
  std::string out = "[";
  for (std::size_t i = 0; i < list.size() && i < kShownOfList; ++i)
    out += (i == 0 ? "" : ", ") + CellText(list[i]);
  if (list.size() > kShownOfList)
    out += ", ... " + std::to_string(list.size() - kShownOfList) + " more";
  return out + "]";
}

bool IsListOf(const value& candidate, bool (*holds)(const value&)) {
  return candidate.is_array() && candidate.get_array().size() > 1 &&
         std::all_of(candidate.get_array().begin(), candidate.get_array().end(), holds);
}

std::optional<Ranking> RankingOf(const object& prediction) {
  std::vector<std::string> texts;
  std::vector<std::string> numbers;
  for (const auto& member : prediction) {
    if (IsListOf(member.value(), [](const value& one) { return one.is_string(); }))
      texts.emplace_back(member.key());
    if (IsListOf(member.value(), [](const value& one) { return one.is_number(); }))
      numbers.emplace_back(member.key());
  }
  if (texts.size() != 1 || numbers.size() != 1) return std::nullopt;
  const std::size_t count = prediction.at(texts[0]).get_array().size();
  if (prediction.at(numbers[0]).get_array().size() != count) return std::nullopt;
  return Ranking{texts[0], numbers[0]};
}

std::string RankingTable(const object& prediction, const Ranking& ranking) {
  const array& texts = prediction.at(ranking.texts).get_array();
  const array& numbers = prediction.at(ranking.numbers).get_array();
  std::vector<std::size_t> order(texts.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [&numbers](std::size_t one, std::size_t other) {
    const double first = numbers[one].to_number<double>();
    const double second = numbers[other].to_number<double>();
    return first != second ? first > second : one < other;
  });
  std::vector<std::vector<std::string>> rows = {{Title(ranking.texts), Title(ranking.numbers)}};
  for (std::size_t i = 0; i < order.size() && i < kRanked; ++i)
    rows.push_back({CellText(texts[order[i]]), NumberText(numbers[order[i]])});
  std::string out = AlignTable(rows);
  if (order.size() > kRanked) out += "... " + std::to_string(order.size() - kRanked) + " more\n";
  return out;
}

}  // namespace

std::string PredictionTable(const array& predictions) {
  if (predictions.empty() || !predictions[0].is_object()) return "";
  const object& first = predictions[0].get_object();
  const std::optional<Ranking> ranking = predictions.size() == 1 ? RankingOf(first) : std::nullopt;
  std::vector<std::string> names;
  for (const auto& member : first) {
    const std::string name(member.key());
    if (!ranking || (name != ranking->texts && name != ranking->numbers)) names.push_back(name);
  }
  std::vector<std::vector<std::string>> rows(1);
  for (const std::string& name : names) rows[0].push_back(Title(name));
  for (const value& prediction : predictions) {
    std::vector<std::string>& row = rows.emplace_back();
    for (const std::string& name : names) {
      const value* cell =
          prediction.is_object() ? prediction.get_object().if_contains(name) : nullptr;
      row.push_back(cell == nullptr ? "" : CellText(*cell));
    }
  }
  std::string out = names.empty() ? "" : AlignTable(rows);
  if (ranking) out += (out.empty() ? "" : "\n") + RankingTable(first, *ranking);
  return out;
}

}  // namespace mlengine::cli
