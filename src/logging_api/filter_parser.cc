#include "logging_api/filter_parser.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "logging_api/filter_function.h"
#include "logging_api/filter_term.h"
#include "logging_api/filter_token.h"

namespace mlengine::logging_api {
namespace {

using Type = FilterToken::Type;
using Kind = FilterNode::Kind;
using Node = std::unique_ptr<FilterNode>;

bool IsKeyword(const FilterToken& token) {
  return token.IsKeyword("AND") || token.IsKeyword("OR") || token.IsKeyword("NOT");
}

Node Join(Kind kind, std::vector<Node> children) {
  if (children.size() == 1) return std::move(children[0]);
  auto node = std::make_unique<FilterNode>();
  node->kind = kind;
  node->at = children[0]->at;
  node->children = std::move(children);
  return node;
}

class Parser {
 public:
  Parser(std::string_view text, std::vector<FilterToken> tokens)
      : text_(text), tokens_(std::move(tokens)) {}

  Result<Node> All() {
    if (Next().type == Type::kEnd) return std::make_unique<FilterNode>();
    MLENGINE_ASSIGN_OR_RETURN(auto node, Conjunction(0));
    if (Next().type != Type::kEnd) return Unexpected("AND, OR or the end");
    return node;
  }

 private:
  // What stands left of a parenthesised value: each value in it is compared alike.
  struct Left {
    FieldRef field;
    FilterOp op = FilterOp::kEqual;
  };

  const FilterToken& Next(std::size_t by = 0) const {
    return tokens_[std::min(at_ + by, tokens_.size() - 1)];
  }
  const FilterToken& Take() { return tokens_[at_++]; }
  bool TakeKeyword(std::string_view word) {
    if (!Next().IsKeyword(word)) return false;
    ++at_;
    return true;
  }
  Status Unexpected(const std::string& wanted) const {
    const std::string found = Next().type == Type::kEnd ? "the end"
                              : Next().type == Type::kText
                                  ? "the text \"" + Next().text.substr(0, 40) + "\""
                                  : "\"" + Next().text.substr(0, 40) + "\"";
    return InvalidArgumentError("filter: expected " + wanted + " " + AtCharacter(text_, Next().at) +
                                ", not " + found);
  }

  Result<Node> Conjunction(int depth) {
    if (depth > kDeepestFilter) {
      return InvalidArgumentError("filter: more than " + std::to_string(kDeepestFilter) +
                                  " parentheses in each other " + AtCharacter(text_, Next().at));
    }
    std::vector<Node> children;
    do {
      MLENGINE_ASSIGN_OR_RETURN(auto child, Disjunction(depth));
      children.push_back(std::move(child));
    } while (TakeKeyword("AND") || StartsTerm());
    return Join(Kind::kAnd, std::move(children));
  }

  bool StartsTerm() const {
    const Type type = Next().type;
    return type == Type::kOpen || type == Type::kMinus || type == Type::kText ||
           (type == Type::kWord && !Next().IsKeyword("OR"));
  }

  Result<Node> Disjunction(int depth) {
    std::vector<Node> children;
    do {
      MLENGINE_ASSIGN_OR_RETURN(auto child, Negation(depth));
      children.push_back(std::move(child));
    } while (TakeKeyword("OR"));
    return Join(Kind::kOr, std::move(children));
  }

  Result<Node> Negation(int depth) {
    bool negative = false;
    const std::size_t at = Next().at;
    while (TakesNegation()) {
      ++at_;
      negative = !negative;
    }
    MLENGINE_ASSIGN_OR_RETURN(auto term, Term(depth));
    if (!negative) return term;
    auto node = std::make_unique<FilterNode>();
    node->kind = Kind::kNot;
    node->at = at;
    node->children.push_back(std::move(term));
    return node;
  }

  bool TakesNegation() const {
    if (Next().IsKeyword("NOT")) return true;
    // In a value's parentheses -5 is a number.
    const bool number =
        left_ && Next(1).type == Type::kWord && !Next(1).text.empty() &&
        (std::isdigit(static_cast<unsigned char>(Next(1).text[0])) != 0 || Next(1).text[0] == '.');
    return Next().type == Type::kMinus && !number;
  }

  Result<Node> Term(int depth) {
    if (Next().type == Type::kOpen) {
      Take();
      MLENGINE_ASSIGN_OR_RETURN(auto node, Conjunction(depth + 1));
      if (Next().type != Type::kClose) return Unexpected("AND, OR or \")\"");
      Take();
      return node;
    }
    if (left_) return Value();
    if ((Next().type != Type::kWord && Next().type != Type::kText) || IsKeyword(Next())) {
      return Unexpected("a field, a text or \"(\"");
    }
    if (StartsFunction()) return Function();
    if (Next(1).type != Type::kOperator) return MakeGlobal(Take());
    return Comparison(depth);
  }

  bool StartsFunction() const {
    return Next().type == Type::kWord && Next().touches_next && Next(1).type == Type::kOpen;
  }

  Result<Node> Comparison(int depth) {
    const FilterToken& name = Take();
    MLENGINE_ASSIGN_OR_RETURN(FieldRef field, ResolveField(name.parts, text_, name.at));
    Left left{std::move(field), *ParseOp(Take().text)};
    MLENGINE_RETURN_IF_ERROR(CheckOp(left.field, left.op, text_, name.at));
    left_ = std::move(left);
    Result<Node> node = Next().type == Type::kOpen ? Term(depth) : Value();
    left_.reset();
    return node;
  }

  Result<Node> Value() {
    const bool negative = Next().type == Type::kMinus;
    FilterToken token = negative ? Next(1) : Next();
    if ((token.type != Type::kWord && token.type != Type::kText) || IsKeyword(token)) {
      return Unexpected("a value");
    }
    at_ += negative ? 2 : 1;
    if (token.type == Type::kWord && token.touches_next && Next().type == Type::kOpen) {
      return InvalidArgumentError("filter: the function " + token.text.substr(0, 40) + " " +
                                  AtCharacter(text_, token.at) + " cannot stand for a value here");
    }
    if (negative) {
      token.text.insert(0, "-");
      token.raw.insert(0, "-");
    }
    const bool regex = left_->op == FilterOp::kMatches || left_->op == FilterOp::kMatchesNot;
    if (regex && ++regexes_ > kMostRegexes) {
      return InvalidArgumentError("filter: more than " + std::to_string(kMostRegexes) +
                                  " regular expressions");
    }
    return MakeComparison(left_->field, left_->op, token, text_);
  }

  Result<Node> Function() {
    const FilterToken name = Take();
    Take();
    std::vector<FilterToken> arguments;
    while (Next().type != Type::kClose) {
      if (!arguments.empty()) {
        if (Next().type != Type::kComma) return Unexpected("\",\" or \")\"");
        Take();
      }
      if (Next().type != Type::kWord && Next().type != Type::kText) {
        return Unexpected("an argument of " + name.text.substr(0, 40));
      }
      arguments.push_back(Take());
    }
    Take();
    return MakeFunction(name, arguments, text_);
  }

  std::string_view text_;
  std::vector<FilterToken> tokens_;
  std::size_t at_ = 0;
  std::optional<Left> left_;
  int regexes_ = 0;
};

}  // namespace

Result<std::unique_ptr<FilterNode>> ParseFilter(std::string_view text) {
  if (text.size() > kLongestFilter) {
    return InvalidArgumentError("filter: has " + std::to_string(text.size()) + " bytes; at most " +
                                std::to_string(kLongestFilter) + " are possible");
  }
  MLENGINE_ASSIGN_OR_RETURN(auto tokens, Tokenize(text));
  return Parser(text, std::move(tokens)).All();
}

}  // namespace mlengine::logging_api
