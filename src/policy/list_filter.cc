#include "policy/list_filter.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <string>
#include <vector>

#include "base/number_text.h"

namespace mlengine::policy {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Timestamp;
using google::protobuf::util::TimeUtil;

enum class Operator { kHas, kEqual, kUnequal, kLess, kAtMost, kGreater, kAtLeast };

struct Term {
  std::vector<const FieldDescriptor*> path;  // the last one is compared, or is a map
  std::string map_key;
  Operator op = Operator::kHas;
  std::string text;
  double number = 0;  // of a number, an enum's value or a boolean
  Timestamp time;
};

bool IsTime(const FieldDescriptor& field) {
  return !field.is_map() && field.message_type() == Timestamp::descriptor();
}
bool IsText(const FieldDescriptor& field) {
  return field.is_map() || field.cpp_type() == FieldDescriptor::CPPTYPE_STRING;
}

// `pattern` with "*" for any characters, against all of `text`.
bool MatchesPattern(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;  // the last "*", and how far it reaches
  std::size_t reach = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      reach = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++reach;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

template <typename T>
bool Compare(Operator op, const T& left, const T& right) {
  switch (op) {
    case Operator::kHas:
    case Operator::kEqual:
      return left == right;
    case Operator::kUnequal:
      return !(left == right);
    case Operator::kLess:
      return left < right;
    case Operator::kAtMost:
      return !(right < left);
    case Operator::kGreater:
      return right < left;
    case Operator::kAtLeast:
      return !(left < right);
  }
  return false;
}

class Parser {
 public:
  Parser(std::string_view text, const Descriptor& type, std::string_view noun)
      : text_(text), type_(type), noun_(noun) {}

  Result<std::vector<Term>> All() {
    std::vector<Term> terms;
    for (SkipSpace(); at_ < text_.size(); SkipSpace()) {
      if (!terms.empty() && TakeAnd() && at_ == text_.size()) return Wrong("a field name");
      MLENGINE_ASSIGN_OR_RETURN(Term term, One());
      terms.push_back(std::move(term));
    }
    return terms;
  }

 private:
  Status Error(std::size_t at, const std::string& what) const {
    return InvalidArgumentError("Field: filter Error: " + what + " at character " +
                                std::to_string(at + 1) + ".");
  }
  Status Wrong(const std::string& wanted) const {
    const std::string found =
        at_ < text_.size() ? "not \"" + std::string(text_.substr(at_, 20)) + "\"" : "not the end";
    return Error(at_, "Expected " + wanted + ", " + found + ",");
  }
  void SkipSpace() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
  }
  bool TakeAnd() {
    if (text_.substr(at_, 3) != "AND") return false;
    if (at_ + 3 < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_ + 3])) == 0)
      return false;
    at_ += 3;
    SkipSpace();
    return true;
  }

  Result<Term> One() {
    const std::size_t start = at_;
    while (at_ < text_.size() && IsNameByte(text_[at_])) ++at_;
    const std::string_view name = text_.substr(start, at_ - start);
    if (name.empty()) return Wrong("a field name");
    if (name == "OR" || name == "NOT") {
      return Error(start, std::string(name) + " is not supported; join terms by AND,");
    }
    Term term;
    if (!Resolve(name, term))
      return Error(start, "There is no field \"" + std::string(name) + "\" of " +
                              std::string(noun_) + " to compare,");
    SkipSpace();
    MLENGINE_ASSIGN_OR_RETURN(term.op, TakeOperator());
    SkipSpace();
    const std::size_t value_at = at_;
    MLENGINE_ASSIGN_OR_RETURN(term.text, TakeValue());
    const std::string wrong = ReadValue(term);
    if (!wrong.empty()) return Error(value_at, "\"" + term.text + "\" is not " + wrong + ",");
    const bool ordered =
        term.op != Operator::kHas && term.op != Operator::kEqual && term.op != Operator::kUnequal;
    const FieldDescriptor& field = *term.path.back();
    if (ordered && (IsText(field) || field.enum_type() != nullptr)) {
      return Error(value_at, "\"" + std::string(name) + "\" can only be compared by : = and !=,");
    }
    return term;
  }

  static bool IsNameByte(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x80 || std::isalnum(byte) != 0 || c == '_' || c == '.' || c == '-';
  }

  bool Resolve(std::string_view name, Term& term) const {
    const Descriptor* type = &type_;
    while (true) {
      const std::size_t dot = name.find('.');
      const std::string_view part = name.substr(0, dot);
      const FieldDescriptor* field = nullptr;
      for (int i = 0; i < type->field_count(); ++i) {
        if (type->field(i)->json_name() == part || type->field(i)->name() == part)
          field = type->field(i);
      }
      if (field == nullptr) return false;
      term.path.push_back(field);
      const bool last = dot == std::string_view::npos;
      if (!last) name.remove_prefix(dot + 1);
      if (field->is_map()) {
        term.map_key = std::string(name);
        return !last && !name.empty();
      }
      if (field->is_repeated()) return last && IsText(*field);
      if (field->type() == FieldDescriptor::TYPE_BYTES) return false;
      if (last) return field->message_type() == nullptr || IsTime(*field);
      type = field->message_type();
      if (type == nullptr || IsTime(*field)) return false;
    }
  }

  Result<Operator> TakeOperator() {
    static constexpr std::pair<std::string_view, Operator> kOperators[] = {
        {"!=", Operator::kUnequal}, {"<=", Operator::kAtMost}, {">=", Operator::kAtLeast},
        {":", Operator::kHas},      {"=", Operator::kEqual},   {"<", Operator::kLess},
        {">", Operator::kGreater},
    };
    for (const auto& [spelling, op] : kOperators) {
      if (text_.substr(at_, spelling.size()) != spelling) continue;
      at_ += spelling.size();
      return op;
    }
    return Wrong("one of : = != < <= > >=");
  }

  Result<std::string> TakeValue() {
    std::string value;
    if (at_ < text_.size() && text_[at_] == '"') {
      const std::size_t start = at_++;
      for (; at_ < text_.size(); ++at_) {
        if (text_[at_] == '"') {
          ++at_;
          return value;
        }
        if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
        value += text_[at_];
      }
      return Error(start, "The quote is not closed");
    }
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) == 0 &&
           text_[at_] != '(' && text_[at_] != ')' && text_[at_] != '"') {
      value += text_[at_++];
    }
    if (value.empty()) return Wrong("a value");
    return value;
  }

  // Reads the value as the field's type; what it should have been when it is not.
  static std::string ReadValue(Term& term) {
    const FieldDescriptor& field = *term.path.back();
    if (IsText(field)) return "";
    if (IsTime(field)) {
      const bool date_only = term.text.size() == 10;
      return TimeUtil::FromString(date_only ? term.text + "T00:00:00Z" : term.text, &term.time)
                 ? ""
                 : "a time such as 2018-01-02T03:04:05Z";
    }
    if (field.enum_type() != nullptr) {
      const auto* value = field.enum_type()->FindValueByName(term.text);
      if (value != nullptr) term.number = value->number();
      return value != nullptr ? "" : "a value of " + field.enum_type()->name();
    }
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL) {
      term.number = term.text == "true" ? 1 : 0;
      return term.text == "true" || term.text == "false" ? "" : "true or false";
    }
    const auto number = ToNumber<decltype(term.number)>(term.text);
    term.number = number.value_or(0);
    return number ? "" : "a number";
  }

  std::string_view text_;
  const Descriptor& type_;
  std::string_view noun_;
  std::size_t at_ = 0;
};

bool MatchesText(const Term& term, std::string_view text) {
  return MatchesPattern(term.text, text) != (term.op == Operator::kUnequal);
}

// A map's or list's element that passes, or for "!=" none that is equal.
bool MatchesMany(const Term& term, const Message& holder) {
  const FieldDescriptor* field = term.path.back();
  const auto* reflection = holder.GetReflection();
  bool found = false;
  for (int i = 0; i < reflection->FieldSize(holder, field) && !found; ++i) {
    if (!field->is_map()) {
      found = MatchesPattern(term.text, reflection->GetRepeatedString(holder, field, i));
      continue;
    }
    const Message& entry = reflection->GetRepeatedMessage(holder, field, i);
    const auto* parts = entry.GetReflection();
    found = parts->GetString(entry, field->message_type()->map_key()) == term.map_key &&
            MatchesPattern(term.text, parts->GetString(entry, field->message_type()->map_value()));
  }
  return found != (term.op == Operator::kUnequal);
}

double NumberOf(const Message& holder, const FieldDescriptor& field) {
  const auto* reflection = holder.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return reflection->GetInt32(holder, &field);
    case FieldDescriptor::CPPTYPE_INT64:
      return static_cast<double>(reflection->GetInt64(holder, &field));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return reflection->GetDouble(holder, &field);
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection->GetBool(holder, &field) ? 1 : 0;
    case FieldDescriptor::CPPTYPE_ENUM:
      return reflection->GetEnumValue(holder, &field);
    default:
      return 0;
  }
}

bool MatchesTerm(const Term& term, const Message& resource) {
  const Message* holder = &resource;
  for (std::size_t i = 0; i + 1 < term.path.size(); ++i)
    holder = &holder->GetReflection()->GetMessage(*holder, term.path[i]);
  const FieldDescriptor& field = *term.path.back();
  if (field.is_repeated()) return MatchesMany(term, *holder);
  if (IsText(field)) return MatchesText(term, holder->GetReflection()->GetString(*holder, &field));
  if (!IsTime(field)) return Compare(term.op, NumberOf(*holder, field), term.number);
  // A moment that has not come is neither before nor after any.
  if (!holder->GetReflection()->HasField(*holder, &field)) return term.op == Operator::kUnequal;
  Timestamp time;
  time.CopyFrom(holder->GetReflection()->GetMessage(*holder, &field));
  return Compare(term.op, std::pair(time.seconds(), time.nanos()),
                 std::pair(term.time.seconds(), term.time.nanos()));
}

}  // namespace

struct ListFilter::Terms {
  std::vector<Term> list;
};

Result<ListFilter> ListFilter::Parse(std::string_view text, const Descriptor& type,
                                     std::string_view noun) {
  Result<std::vector<Term>> terms = Parser(text, type, noun).All();
  if (!terms.ok()) {
    const std::string& message = terms.status().message();
    return InvalidArgumentError(message).WithViolations(
        {{"filter", message.substr(std::string_view("Field: filter Error: ").size())}});
  }
  return ListFilter(std::make_shared<const Terms>(Terms{*std::move(terms)}));
}

std::vector<ListFilter> ListFilter::Split() const {
  std::vector<ListFilter> parts;
  for (const Term& term : terms_->list)
    parts.push_back(ListFilter(std::make_shared<const Terms>(Terms{{term}})));
  return parts;
}

std::string ListFilter::Path() const {
  std::string path;
  for (const FieldDescriptor* field : terms_->list.front().path) {
    if (!path.empty()) path += '.';
    path += field->name();
  }
  return path;
}

const std::string& ListFilter::MapKey() const {
  return terms_->list.front().map_key;
}

bool ListFilter::MatchesMapValue(std::optional<std::string_view> value) const {
  const Term& term = terms_->list.front();
  return (value && MatchesPattern(term.text, *value)) != (term.op == Operator::kUnequal);
}

bool ListFilter::Matches(const Message& resource) const {
  return std::all_of(terms_->list.begin(), terms_->list.end(),
                     [&resource](const Term& term) { return MatchesTerm(term, resource); });
}

}  // namespace mlengine::policy
