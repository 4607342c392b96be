#include "logging_api/filter_token.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

namespace mlengine::logging_api {
namespace {

using Type = FilterToken::Type;

constexpr std::string_view kSpace = " \t\r\n\f\v";

bool IsSpace(char c) {
  return kSpace.find(c) != std::string_view::npos;
}

void AppendUtf8(std::uint32_t code, std::string& out) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | (code >> 6));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    out += static_cast<char>(0xE0 | (code >> 12));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

int DigitOf(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 99;
}

// `count` digits at `at`, or nothing.
std::optional<std::uint32_t> Number(std::string_view text, std::size_t at, std::size_t count,
                                    int base) {
  if (at + count > text.size()) return std::nullopt;
  std::uint32_t number = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (DigitOf(text[i]) >= base) return std::nullopt;
    number =
        number * static_cast<std::uint32_t>(base) + static_cast<std::uint32_t>(DigitOf(text[i]));
  }
  return number;
}

// Takes the escape whose backslash is at `at`; what is none stays as it is written.
void TakeEscape(std::string_view text, std::size_t& at, std::string& out) {
  const char c = at + 1 < text.size() ? text[at + 1] : '\0';
  static constexpr std::string_view kNames = "bfnrt";
  static constexpr std::string_view kBytes = "\b\f\n\r\t";
  if (c == '"' || c == '\'' || c == '\\') {
    out += c;
    at += 2;
  } else if (const std::size_t name = kNames.find(c); c != '\0' && name != std::string_view::npos) {
    out += kBytes[name];
    at += 2;
  } else if (const auto code = Number(text, at + 2, 4, 16);
             c == 'u' && code && (*code < 0xD800 || *code > 0xDFFF)) {
    AppendUtf8(*code, out);
    at += 6;
  } else if (const auto byte = Number(text, at + 2, 2, 16); c == 'x' && byte) {
    AppendUtf8(*byte, out);
    at += 4;
  } else if (const auto octal = Number(text, at + 1, 3, 8); octal && *octal < 256) {
    AppendUtf8(*octal, out);
    at += 4;
  } else {
    out += '\\';
    at += 1;
  }
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Result<std::vector<FilterToken>> All() {
    while (true) {
      const std::size_t before = at_;
      SkipSpace();
      if (!tokens_.empty()) tokens_.back().touches_next = at_ == before && at_ < text_.size();
      if (at_ >= text_.size()) break;
      MLENGINE_RETURN_IF_ERROR(One());
    }
    FilterToken end;
    end.text = "the end";
    end.at = text_.size();
    tokens_.push_back(std::move(end));
    return std::move(tokens_);
  }

 private:
  char Ahead(std::size_t by = 0) const { return at_ + by < text_.size() ? text_[at_ + by] : '\0'; }

  void SkipSpace() {
    while (at_ < text_.size()) {
      if (IsSpace(text_[at_])) {
        ++at_;
      } else if (Ahead() == '-' && Ahead(1) == '-') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else {
        return;
      }
    }
  }

  // A value follows a comparison, or stands in the parentheses of one; there a colon is a letter.
  bool InValue() const {
    if (!tokens_.empty() && tokens_.back().type == Type::kOperator) return true;
    return !groups_.empty() && groups_.back();
  }

  void Push(Type type, std::size_t bytes) {
    FilterToken token;
    token.type = type;
    token.text = std::string(text_.substr(at_, bytes));
    token.at = at_;
    tokens_.push_back(std::move(token));
    at_ += bytes;
  }

  Status One() {
    const char c = Ahead();
    if (c == '(') {
      groups_.push_back(InValue());
      Push(Type::kOpen, 1);
      return OkStatus();
    }
    if (c == ')') {
      if (!groups_.empty()) groups_.pop_back();
      Push(Type::kClose, 1);
      return OkStatus();
    }
    if (c == ',') {
      Push(Type::kComma, 1);
      return OkStatus();
    }
    if (const std::size_t length = OperatorLength(); length > 0) {
      Push(Type::kOperator, length);
      return OkStatus();
    }
    const bool after_operator = !tokens_.empty() && tokens_.back().type == Type::kOperator;
    if (c == '-' && !after_operator && at_ + 1 < text_.size() && !IsSpace(Ahead(1))) {
      Push(Type::kMinus, 1);
      return OkStatus();
    }
    return InValue() ? Value() : Path();
  }

  std::size_t OperatorLength() const {
    for (const std::string_view two : {"!=", "=~", "!~", "<=", ">="}) {
      if (text_.substr(at_, 2) == two) return 2;
    }
    if (Ahead() == ':') return InValue() ? 0 : 1;
    return std::string_view("=<>").find(Ahead()) != std::string_view::npos ? 1 : 0;
  }

  bool EndsWord(bool value) const {
    const char c = text_[at_];
    if (IsSpace(c) || std::string_view("()\",=<>").find(c) != std::string_view::npos) return true;
    if (!value && (c == ':' || c == '.')) return true;
    return c == '!' && (Ahead(1) == '=' || Ahead(1) == '~');
  }

  std::string_view BareWord(bool value) {
    const std::size_t start = at_;
    while (at_ < text_.size() && !EndsWord(value)) {
      if (static_cast<unsigned char>(text_[at_]) < 0x20) break;
      ++at_;
    }
    return text_.substr(start, at_ - start);
  }

  Status Quoted(std::string& cooked, std::string& raw) {
    const std::size_t start = at_;
    const char quote = text_[at_++];
    while (at_ < text_.size() && text_[at_] != quote) {
      if (text_[at_] != '\\') {
        raw += text_[at_];
        cooked += text_[at_++];
        continue;
      }
      const char next = Ahead(1);
      const std::size_t start_of_escape = at_;
      const std::size_t had = cooked.size();
      TakeEscape(text_, at_, cooked);
      // A regular expression keeps its own escapes: "\d" and "\\d" are both a digit.
      const bool ours = next == '"' || next == '\'' || next == '\\' || next == 'u';
      raw += ours && at_ > start_of_escape + 1
                 ? std::string_view(cooked).substr(had)
                 : text_.substr(start_of_escape, at_ - start_of_escape);
    }
    if (at_ >= text_.size()) {
      return InvalidArgumentError("filter: the quote " + AtCharacter(text_, start) +
                                  " is not closed");
    }
    ++at_;
    return OkStatus();
  }

  Status NotUnderstood() const {
    const unsigned char c = static_cast<unsigned char>(text_[at_]);
    const std::string shown =
        c < 0x20 ? "a control character" : "'" + std::string(1, text_[at_]) + "'";
    return InvalidArgumentError("filter: " + shown + " " + AtCharacter(text_, at_) +
                                " is not understood");
  }

  Status Value() {
    FilterToken token;
    token.at = at_;
    if (Ahead() == '"' || Ahead() == '\'') {
      token.type = Type::kText;
      MLENGINE_RETURN_IF_ERROR(Quoted(token.text, token.raw));
    } else {
      token.type = Type::kWord;
      token.text = token.raw = std::string(BareWord(true));
      if (token.text.empty()) return NotUnderstood();
    }
    tokens_.push_back(std::move(token));
    return OkStatus();
  }

  Status Path() {
    FilterToken token;
    token.at = at_;
    token.type = Type::kWord;
    while (true) {
      PathPart part;
      if (Ahead() == '"' || (Ahead() == '\'' && token.parts.empty())) {
        part.quoted = true;
        MLENGINE_RETURN_IF_ERROR(Quoted(part.text, token.raw));
      } else {
        part.text = std::string(BareWord(false));
        if (part.text.empty() && Ahead() != '.') {
          if (token.parts.empty()) return NotUnderstood();
        }
      }
      token.parts.push_back(std::move(part));
      if (Ahead() != '.') break;
      ++at_;
    }
    const bool text = token.parts.size() == 1 && token.parts[0].quoted;
    token.type = text ? Type::kText : Type::kWord;
    token.text = text ? token.parts[0].text : std::string(text_.substr(token.at, at_ - token.at));
    tokens_.push_back(std::move(token));
    return OkStatus();
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<FilterToken> tokens_;
  std::vector<bool> groups_;  // open parentheses; true: of a value
};

}  // namespace

std::string AtCharacter(std::string_view filter, std::size_t byte) {
  const auto characters = std::count_if(
      filter.begin(), filter.begin() + static_cast<std::ptrdiff_t>(std::min(byte, filter.size())),
      [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
  return "at character " + std::to_string(characters + 1);
}

Result<std::vector<FilterToken>> Tokenize(std::string_view filter) {
  return Lexer(filter).All();
}

}  // namespace mlengine::logging_api
