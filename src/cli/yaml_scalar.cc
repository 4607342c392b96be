#include "cli/yaml_scalar.h"

#include <cstdint>
#include <cstdio>
#include <regex>

namespace mlengine::cli {
namespace {

constexpr std::size_t kWidth = 80;

std::u32string Decode(std::string_view text) {
  std::u32string out;
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    char32_t point = lead < 0x80 ? lead : lead & (0xFFU >> (length + 1));
    for (std::size_t k = 1; k < length && i + k < text.size(); ++k) {
      point = (point << 6) | (static_cast<unsigned char>(text[i + k]) & 0x3FU);
    }
    out += point;
    i += length;
  }
  return out;
}

void Encode(char32_t point, std::string& out) {
  const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xC0 | (point >> 6));
    put(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    put(0xE0 | (point >> 12));
    put(0x80 | ((point >> 6) & 0x3F));
    put(0x80 | (point & 0x3F));
  } else {
    put(0xF0 | (point >> 18));
    put(0x80 | ((point >> 12) & 0x3F));
    put(0x80 | ((point >> 6) & 0x3F));
    put(0x80 | (point & 0x3F));
  }
}

bool IsBreak(char32_t c) {
  return c == U'\n' || c == 0x85 || c == 0x2028 || c == 0x2029;
}

bool IsPrintable(char32_t c) {
  return (c >= 0x20 && c <= 0x7E) || (c >= 0xA0 && c <= 0xD7FF && !IsBreak(c)) ||
         (c >= 0xE000 && c <= 0xFFFD && c != 0xFEFF) || (c >= 0x10000 && c <= 0x10FFFF);
}

// Would a reader take the plain text for a number, a bool, a time and so on?
bool ReadsAsOtherType(const std::string& text) {
  if (text.empty() || text == "~" || text == "<<" || text == "=") return true;
  static constexpr const char* kWords[] = {"null", "Null",  "NULL",  "true", "True",
                                           "TRUE", "false", "False", "FALSE"};
  for (const char* word : kWords) {
    if (text == word) return true;
  }
  if (std::string_view("+-.0123456789").find(text[0]) == std::string_view::npos) return false;
  if (text.size() > 100) return text.find_first_not_of("+-._0123456789") == std::string::npos;
  static const std::regex other(
      "[-+]?0b[01_]+|[-+]?0o?[0-7_]+|[-+]?[0-9_]+|[-+]?0x[0-9a-fA-F_]+"
      "|[-+]?[0-9][0-9_]*\\.[0-9_]*([eE][-+]?[0-9]+)?|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+"
      "|[-+]?\\.[0-9_]+([eE][-+][0-9]+)?|[-+]?\\.(inf|Inf|INF)|\\.(nan|NaN|NAN)"
      "|[0-9]{4}-[0-9]{2}-[0-9]{2}"
      "|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt]|[ \\t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(\\.[0-9]*)?"
      "([ \\t]*(Z|[-+][0-9]{1,2}(:[0-9]{2})?))?");
  return std::regex_match(text, other);
}

// Has the text a character that means something to YAML where it stands?
bool HasIndicators(const std::u32string& text) {
  static const std::u32string kFirst = U"#,[]{}&*!|>'\"%@`";
  if (kFirst.find(text[0]) != std::u32string::npos) return true;
  if (text.rfind(U"---", 0) == 0 || text.rfind(U"...", 0) == 0) return true;
  if (text.front() == U' ' || text.back() == U' ') return true;
  const bool alone = text.size() == 1 || text[1] == U' ';
  if ((text[0] == U'?' || text[0] == U'-' || text[0] == U':') && alone) return true;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == U':' && (i + 1 == text.size() || text[i + 1] == U' ')) return true;
    if (text[i] == U'#' && text[i - 1] == U' ') return true;
  }
  return false;
}

std::string Literal(std::string_view text, std::size_t indent) {
  std::string out = "|";
  if (text[0] == ' ' || text[0] == '\n') out += '2';
  if (text.back() != '\n') {
    out += '-';
  } else if (text.size() == 1 || text[text.size() - 2] == '\n') {
    out += '+';
  }
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    out += '\n';
    if (end > 0) out += std::string(indent, ' ') + std::string(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  // The caller ends the line; a kept final break is already the end of one.
  return out;
}

// Plain or single-quoted: folded at single spaces past the width.
std::string Flow(const std::u32string& text, std::size_t column, std::size_t indent, bool quoted,
                 bool fold) {
  std::string out = quoted ? "'" : "";
  if (quoted) ++column;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool lone_space = text[i] == U' ' && i > 0 && i + 1 < text.size() &&
                            text[i - 1] != U' ' && text[i + 1] != U' ';
    if (fold && lone_space && column > kWidth) {
      out += "\n" + std::string(indent, ' ');
      column = indent;
      continue;
    }
    Encode(text[i], out);
    ++column;
  }
  return quoted ? out + "'" : out;
}

std::string Escape(char32_t c) {
  switch (c) {
    case 0:
      return "\\0";
    case 7:
      return "\\a";
    case 8:
      return "\\b";
    case 9:
      return "\\t";
    case 10:
      return "\\n";
    case 11:
      return "\\v";
    case 12:
      return "\\f";
    case 13:
      return "\\r";
    case 0x1B:
      return "\\e";
    case '"':
      return "\\\"";
    case '\\':
      return "\\\\";
    case 0x85:
      return "\\N";
    case 0x2028:
      return "\\L";
    case 0x2029:
      return "\\P";
    default:
      break;
  }
  char buffer[16];
  const char* form = c <= 0xFF ? "\\x%02X" : c <= 0xFFFF ? "\\u%04X" : "\\U%08X";
  std::snprintf(buffer, sizeof(buffer), form, static_cast<unsigned>(c));
  return buffer;
}

std::string DoubleQuoted(const std::u32string& text, std::size_t column, std::size_t indent,
                         bool fold) {
  std::string out = "\"";
  ++column;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char32_t c = text[i];
    const bool escaped = !IsPrintable(c) || c == U'"' || c == U'\\' || c > 0xFFFF;
    const bool may_break = fold && i > 0 && i + 1 < text.size() && c == U' ';
    if (may_break && column > kWidth) {
      out += "\\\n" + std::string(indent, ' ') + "\\";
      column = indent + 1;
    }
    if (escaped) {
      const std::string escape = Escape(c);
      out += escape;
      column += escape.size();
    } else {
      Encode(c, out);
      ++column;
    }
  }
  return out + "\"";
}

}  // namespace

std::string YamlScalar(std::string_view text, std::size_t column, std::size_t indent, bool is_key) {
  if (!is_key && text.find('\n') != std::string_view::npos) return Literal(text, indent);
  const std::u32string points = Decode(text);
  for (const char32_t c : points) {
    if (!IsPrintable(c)) return DoubleQuoted(points, column, indent, !is_key);
  }
  const bool plain = !ReadsAsOtherType(std::string(text)) && !HasIndicators(points);
  if (!plain && text.find('\'') != std::string_view::npos)
    return DoubleQuoted(points, column, indent, !is_key);
  return Flow(points, column, indent, !plain, !is_key);
}

}  // namespace mlengine::cli
