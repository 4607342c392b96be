#include "logging_api/filter_function.h"

#include <string>
#include <utility>

#include "base/digest.h"
#include "logging_api/search_words.h"

namespace mlengine::logging_api {
namespace {

using Kind = FilterNode::Kind;
using Node = std::unique_ptr<FilterNode>;

struct Call {
  const FilterToken& name;
  const std::vector<FilterToken>& arguments;
  std::string_view filter;

  Status Wrong(const std::string& what) const {
    return InvalidArgumentError("filter: " + name.text.substr(0, 40) + " " +
                                AtCharacter(filter, name.at) + ": " + what);
  }
  Result<FieldRef> Field(std::size_t number) const {
    const FilterToken& token = arguments[number];
    return ResolveField(token.parts, filter, token.at);
  }
};

Node Make(Kind kind, const Call& call) {
  auto node = std::make_unique<FilterNode>();
  node->kind = kind;
  node->at = call.name.at;
  return node;
}

Result<Node> LogId(const Call& call) {
  if (call.arguments.size() != 1) return call.Wrong("takes one text: log_id(\"NAME\")");
  Node node = Make(Kind::kLogId, call);
  const Result<std::string> decoded = PercentDecode(call.arguments[0].text);
  node->value = MakeValue(decoded.ok() ? *decoded : call.arguments[0].text);
  return node;
}

Result<Node> Search(const Call& call) {
  if (call.arguments.empty() || call.arguments.size() > 2) {
    return call.Wrong("takes a text, or a field and a text: SEARCH(textPayload, \"hello world\")");
  }
  Node node = Make(Kind::kSearch, call);
  if (call.arguments.size() == 2) {
    MLENGINE_ASSIGN_OR_RETURN(node->field, call.Field(0));
  }
  node->phrases = SearchPhrases(call.arguments.back().text);
  if (node->phrases.empty()) return call.Wrong("there is no word to search for");
  return node;
}

Result<Node> InNet(const Call& call) {
  if (call.arguments.size() != 2) {
    return call.Wrong("takes a field and a network: ip_in_net(jsonPayload.ip, \"10.1.2.0/24\")");
  }
  Node node = Make(Kind::kInNet, call);
  MLENGINE_ASSIGN_OR_RETURN(node->field, call.Field(0));
  const Result<NetRange> net = ParseNetRange(call.arguments[1].text);
  if (!net.ok()) return call.Wrong(net.status().message());
  node->net = *net;
  return node;
}

Result<Node> Sample(const Call& call) {
  if (call.arguments.size() != 2) {
    return call.Wrong("takes a field and a fraction: sample(insertId, 0.25)");
  }
  Node node = Make(Kind::kSample, call);
  MLENGINE_ASSIGN_OR_RETURN(node->field, call.Field(0));
  const FilterValue fraction = MakeValue(call.arguments[1].text);
  if (!fraction.number || !(*fraction.number >= 0 && *fraction.number <= 1)) {
    return call.Wrong("the fraction must be a number from 0 to 1");
  }
  node->fraction = *fraction.number;
  return node;
}

}  // namespace

Result<Node> MakeFunction(const FilterToken& name, const std::vector<FilterToken>& arguments,
                          std::string_view filter) {
  const Call call{name, arguments, filter};
  const std::string folded = FoldCase(name.text);
  if (folded == "log_id") return LogId(call);
  if (folded == "search") return Search(call);
  if (folded == "ip_in_net") return InNet(call);
  if (folded == "sample") return Sample(call);
  for (const std::string_view later : {"cast", "regexp_extract", "source"}) {
    if (folded == later) return call.Wrong("this function is not supported by this engine");
  }
  return call.Wrong(
      "there is no such function; there are log_id, SEARCH, ip_in_net and sample (a text with "
      "parentheses needs quotes)");
}

}  // namespace mlengine::logging_api
