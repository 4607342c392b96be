#include "logging_api/log_filter.h"

#include <algorithm>
#include <cctype>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "logging_api/log_names.h"
#include "logs/severity.h"

namespace mlengine::logging_api {

enum class Kind { kAnd, kOr, kCompare };

struct LogFilter::Node {
  Kind kind = Kind::kCompare;
  std::vector<std::unique_ptr<Node>> children;
  std::string field;
  std::string op;
  std::string value;
  std::int64_t number = 0;  // of a timestamp or severity
};

namespace {

using Node = LogFilter::Node;

struct Token {
  enum class Type { kEnd, kOpen, kClose, kOperator, kWord, kText } type = Type::kEnd;
  std::string text;
  std::size_t at = 0;
};

constexpr int kDeepest = 32;
constexpr std::size_t kLongest = 20'000;  // characters, as with the original

bool IsWordCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         std::string_view("_.-/:%+").find(c) != std::string_view::npos;
}

Result<std::string> ReadQuoted(std::string_view text, std::size_t& at) {
  std::string value;
  for (std::size_t i = at + 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      at = i + 1;
      return value;
    }
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    value += text[i];
  }
  return InvalidArgumentError("filter: the quote at character " + std::to_string(at) +
                              " is not closed");
}

Result<std::vector<Token>> Tokenize(std::string_view text) {
  std::vector<Token> tokens;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    Token token{Token::Type::kWord, std::string(1, c), at};
    if (std::isspace(static_cast<unsigned char>(c)) != 0) {
      ++at;
      continue;
    }
    if (c == '(' || c == ')') {
      token.type = c == '(' ? Token::Type::kOpen : Token::Type::kClose;
      ++at;
    } else if (c == '<' || c == '>' || c == '=' || c == '!') {
      token.type = Token::Type::kOperator;
      if (++at < text.size() && text[at] == '=') token.text += text[at++];
    } else if (c == '"') {
      token.type = Token::Type::kText;
      MLENGINE_ASSIGN_OR_RETURN(token.text, ReadQuoted(text, at));
    } else if (IsWordCharacter(c)) {
      const std::size_t start = at;
      while (at < text.size() && IsWordCharacter(text[at])) ++at;
      token.text = std::string(text.substr(start, at - start));
    } else {
      return InvalidArgumentError("filter: '" + token.text + "' at character " +
                                  std::to_string(at) + " is not understood");
    }
    tokens.push_back(std::move(token));
  }
  tokens.push_back({Token::Type::kEnd, "the end", text.size()});
  return tokens;
}

bool IsKnownField(std::string_view field) {
  for (const std::string_view known :
       {"resource.type", "resource.labels.job_id", "resource.labels.task_name",
        "resource.labels.project_id", "labels.task_name", "labels.trial_id", "timestamp",
        "insertId", "severity", "logName"}) {
    if (field == known) return true;
  }
  return false;
}

Status FillNumber(Node& node) {
  if (node.field == "timestamp") {
    const Result<Time> time = ParseTime(node.value);
    if (!time.ok()) return InvalidArgumentError("filter: timestamp: " + time.status().message());
    node.number = ToUnixNanos(*time);
  } else if (node.field == "severity") {
    const auto severity = logs::ParseSeverity(node.value);
    if (!severity) return InvalidArgumentError("filter: \"" + node.value + "\" is not a severity");
    node.number = static_cast<int>(*severity);
  }
  return OkStatus();
}

class Parser {
 public:
  explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  Result<std::unique_ptr<Node>> All() {
    MLENGINE_ASSIGN_OR_RETURN(auto node, Any(0));
    if (Next().type != Token::Type::kEnd) return Unexpected("AND, OR or the end");
    return node;
  }

 private:
  const Token& Next() const { return tokens_[at_]; }
  bool TakeWord(std::string_view word) {
    if (Next().type != Token::Type::kWord || Next().text != word) return false;
    ++at_;
    return true;
  }
  Status Unexpected(const std::string& wanted) const {
    return InvalidArgumentError("filter: expected " + wanted + " at character " +
                                std::to_string(Next().at) + ", not \"" + Next().text + "\"");
  }
  static std::unique_ptr<Node> Join(Kind kind, std::vector<std::unique_ptr<Node>> children) {
    if (children.size() == 1) return std::move(children[0]);
    auto node = std::make_unique<Node>();
    node->kind = kind;
    node->children = std::move(children);
    return node;
  }

  // In this language OR binds tighter than AND; conditions one after the other are joined by AND.
  Result<std::unique_ptr<Node>> Any(int depth) {
    if (depth > kDeepest) return InvalidArgumentError("filter: too many parentheses in each other");
    std::vector<std::unique_ptr<Node>> children;
    do {
      MLENGINE_ASSIGN_OR_RETURN(auto child, Either(depth));
      children.push_back(std::move(child));
    } while (TakeWord("AND") ||
             (Next().type != Token::Type::kEnd && Next().type != Token::Type::kClose));
    return Join(Kind::kAnd, std::move(children));
  }

  Result<std::unique_ptr<Node>> Either(int depth) {
    std::vector<std::unique_ptr<Node>> children;
    do {
      MLENGINE_ASSIGN_OR_RETURN(auto child, One(depth));
      children.push_back(std::move(child));
    } while (TakeWord("OR"));
    return Join(Kind::kOr, std::move(children));
  }

  Result<std::unique_ptr<Node>> One(int depth) {
    if (Next().type == Token::Type::kOpen) {
      ++at_;
      MLENGINE_ASSIGN_OR_RETURN(auto node, Any(depth + 1));
      if (Next().type != Token::Type::kClose) return Unexpected(")");
      ++at_;
      return node;
    }
    if (Next().type != Token::Type::kWord) return Unexpected("a field name");
    auto node = std::make_unique<Node>();
    node->field = Next().text;
    if (!IsKnownField(node->field)) {
      return InvalidArgumentError("filter: unknown field \"" + node->field + "\" at character " +
                                  std::to_string(Next().at));
    }
    ++at_;
    if (Next().type != Token::Type::kOperator) return Unexpected("a comparison");
    node->op = Next().text;
    if (node->op == "!" || node->op == "==") return Unexpected("=, !=, <, <=, > or >=");
    ++at_;
    if (Next().type != Token::Type::kText && Next().type != Token::Type::kWord) {
      return Unexpected("a value");
    }
    node->value = Next().text;
    ++at_;
    MLENGINE_RETURN_IF_ERROR(FillNumber(*node));
    return node;
  }

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
};

template <typename T>
bool Compare(const T& left, std::string_view op, const T& right) {
  if (op == "=") return left == right;
  if (op == "!=") return left != right;
  if (op == "<") return left < right;
  if (op == "<=") return left <= right;
  if (op == ">") return left > right;
  return left >= right;
}

bool MatchesOne(const Node& node, const std::string& project, const std::string& job_id,
                const logs::LogEntry& entry) {
  if (node.field == "timestamp") {
    // An upper bound is taken as absent. gcloud's follower asks only for what is older than five
    // seconds and stops after two empty answers once the job has ended: obeyed, the last lines of a
    // job would never be shown. It is safe, because the follower's position depends only on what it
    // received, and stamps are given on arrival.
    if (node.op.starts_with('<')) return true;
    return Compare(entry.stamp_ns, node.op, node.number);
  }
  if (node.field == "severity") {
    return Compare(static_cast<std::int64_t>(entry.severity), node.op, node.number);
  }
  const auto is = [&](const std::string& value) { return Compare(value, node.op, node.value); };
  if (node.field == "resource.type") {
    // Two names of one thing: gcloud asks for either.
    const bool named = node.value == "ml_job" || node.value == "cloudml_job";
    return node.op == "!=" ? !named : named;
  }
  if (node.field == "resource.labels.job_id") return is(job_id);
  if (node.field == "resource.labels.project_id") return is(project);
  if (node.field == "labels.trial_id") return is(entry.trial_id);
  if (node.field == "insertId") return is(entry.insert_id);
  if (node.field == "logName") return is(LogName(project, job_id, entry.task_name));
  return is(entry.task_name);
}

bool MatchesNode(const Node& node, const std::string& project, const std::string& job_id,
                 const logs::LogEntry& entry) {
  const auto matches = [&](const auto& child) {
    return MatchesNode(*child, project, job_id, entry);
  };
  switch (node.kind) {
    case Kind::kAnd:
      return std::all_of(node.children.begin(), node.children.end(), matches);
    case Kind::kOr:
      return std::any_of(node.children.begin(), node.children.end(), matches);
    case Kind::kCompare:
      break;
  }
  return MatchesOne(node, project, job_id, entry);
}

std::int64_t LeastStamp(const Node& node) {
  if (node.kind == Kind::kCompare) {
    return node.field == "timestamp" && (node.op == "=" || node.op.starts_with('>')) ? node.number
                                                                                     : 0;
  }
  std::int64_t least = LeastStamp(*node.children[0]);
  for (const auto& child : node.children) {
    const std::int64_t stamp = LeastStamp(*child);
    least = node.kind == Kind::kAnd ? std::max(least, stamp) : std::min(least, stamp);
  }
  return least;
}

// The job that every passing entry must be of, or "".
std::string FindJob(const Node& node) {
  if (node.kind == Kind::kCompare) {
    return node.field == "resource.labels.job_id" && node.op == "=" ? node.value : "";
  }
  if (node.kind == Kind::kOr) return "";
  for (const auto& child : node.children) {
    if (std::string job = FindJob(*child); !job.empty()) return job;
  }
  return "";
}

}  // namespace

LogFilter::LogFilter() = default;
LogFilter::LogFilter(LogFilter&&) noexcept = default;
LogFilter& LogFilter::operator=(LogFilter&&) noexcept = default;
LogFilter::~LogFilter() = default;

Result<LogFilter> LogFilter::Parse(std::string_view text) {
  if (text.size() > kLongest) {
    return InvalidArgumentError("filter: has " + std::to_string(text.size()) +
                                " characters; at most " + std::to_string(kLongest) +
                                " are possible");
  }
  MLENGINE_ASSIGN_OR_RETURN(auto tokens, Tokenize(text));
  LogFilter filter;
  MLENGINE_ASSIGN_OR_RETURN(filter.root_, Parser(std::move(tokens)).All());
  filter.job_id_ = FindJob(*filter.root_);
  if (filter.job_id_.empty()) {
    return InvalidArgumentError("filter: must name one job: resource.labels.job_id=\"JOB\"");
  }
  return filter;
}

std::int64_t LogFilter::least_stamp_ns() const {
  return LeastStamp(*root_);
}

bool LogFilter::Matches(const std::string& project, const std::string& job_id,
                        const logs::LogEntry& entry) const {
  return MatchesNode(*root_, project, job_id, entry);
}

}  // namespace mlengine::logging_api
