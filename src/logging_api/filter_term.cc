#include "logging_api/filter_term.h"

#include <string>
#include <utility>

#include "base/digest.h"

namespace mlengine::logging_api {
namespace {

using Root = FieldRef::Root;
using Kind = FilterNode::Kind;

bool IsRegex(FilterOp op) {
  return op == FilterOp::kMatches || op == FilterOp::kMatchesNot;
}

Status NotA(const FilterToken& value, std::string_view filter, const std::string& wanted) {
  return InvalidArgumentError("filter: \"" + value.text.substr(0, 60) + "\" " +
                              AtCharacter(filter, value.at) + " is not " + wanted);
}

// What the field's own kind asks of a value.
Status CheckValue(const FieldRef& field, const FilterToken& token, std::string_view filter,
                  FilterValue& value) {
  switch (field.root) {
    case Root::kTimestamp:
      if (!value.moment_ns)
        return NotA(token, filter, "a time such as \"2018-01-02T03:04:05Z\" or \"2018-01-02\"");
      break;
    case Root::kSeverity:
      if (!value.severity)
        return NotA(token, filter,
                    "a severity: DEFAULT, DEBUG, INFO, NOTICE, WARNING, ERROR, CRITICAL, ALERT or "
                    "EMERGENCY");
      break;
    case Root::kNoNumber:
      if (!value.number) return NotA(token, filter, "a number");
      break;
    case Root::kNoBool:
      if (!value.boolean) return NotA(token, filter, "true or false");
      break;
    case Root::kNoDuration:
      if (!value.seconds) return NotA(token, filter, "a duration such as \"1.5s\"");
      value.number = value.seconds;
      break;
    default:
      break;
  }
  return OkStatus();
}

// Names of which there are two count as one.
std::string Normal(const FieldRef& field, const std::string& text) {
  if (field.root == Root::kResourceType && FoldCase(text) == "cloudml_job") return "ml_job";
  if (field.root != Root::kLogName) return text;
  Result<std::string> decoded = PercentDecode(text);
  return decoded.ok() ? *std::move(decoded) : text;
}

}  // namespace

std::optional<FilterOp> ParseOp(std::string_view text) {
  static constexpr std::pair<std::string_view, FilterOp> kOps[] = {
      {"=", FilterOp::kEqual},      {"!=", FilterOp::kNotEqual}, {"<", FilterOp::kLess},
      {"<=", FilterOp::kLessEqual}, {">", FilterOp::kGreater},   {">=", FilterOp::kGreaterEqual},
      {":", FilterOp::kHas},        {"=~", FilterOp::kMatches},  {"!~", FilterOp::kMatchesNot}};
  for (const auto& [known, op] : kOps) {
    if (known == text) return op;
  }
  return std::nullopt;
}

Status CheckOp(const FieldRef& field, FilterOp op, std::string_view filter, std::size_t at) {
  if (field.IsMessage() && op != FilterOp::kHas) {
    return InvalidArgumentError("filter: the field " + AtCharacter(filter, at) +
                                " holds others: compare one of those, or use \":\" to find a text "
                                "in any of them");
  }
  if (IsRegex(op) && !field.MayBeText()) {
    return InvalidArgumentError("filter: the field " + AtCharacter(filter, at) +
                                " is not a text, so no regular expression can be asked of it");
  }
  return OkStatus();
}

Result<std::unique_ptr<FilterNode>> MakeComparison(const FieldRef& field, FilterOp op,
                                                   const FilterToken& token,
                                                   std::string_view filter) {
  auto node = std::make_unique<FilterNode>();
  node->field = field;
  node->op = op;
  node->at = token.at;
  if (op == FilterOp::kHas && token.type == FilterToken::Type::kWord && token.text == "*") {
    node->kind = Kind::kExists;
    return node;
  }
  node->kind = Kind::kCompare;
  node->value = MakeValue(Normal(field, token.text));
  if (IsRegex(op)) {
    if (field.root == Root::kLogName) node->field->root = Root::kLogNameWritten;
    Result<std::shared_ptr<const re2::RE2>> regex = CompileRegex(token.raw);
    if (!regex.ok()) {
      return InvalidArgumentError("filter: the regular expression " +
                                  AtCharacter(filter, token.at) + ": " + regex.status().message());
    }
    node->value.regex = *std::move(regex);
    return node;
  }
  MLENGINE_RETURN_IF_ERROR(CheckValue(field, token, filter, node->value));
  return node;
}

std::unique_ptr<FilterNode> MakeGlobal(const FilterToken& value) {
  auto node = std::make_unique<FilterNode>();
  node->kind = Kind::kGlobal;
  node->op = FilterOp::kHas;
  node->at = value.at;
  node->value = MakeValue(value.text);
  return node;
}

}  // namespace mlengine::logging_api
