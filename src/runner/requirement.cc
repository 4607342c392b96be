#include "runner/requirement.h"

#include <algorithm>
#include <cctype>

namespace mlengine::runner {
namespace {

using Release = std::vector<long>;

bool IsNameCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
}

std::string_view Trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

// "1.4.0"; nothing for any other form.
std::optional<Release> ParseRelease(std::string_view text) {
  Release out;
  while (true) {
    const std::size_t dot = text.find('.');
    const std::string_view part = text.substr(0, dot);
    if (part.empty() || part.size() > 9 ||
        !std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; })) {
      return std::nullopt;
    }
    out.push_back(std::stol(std::string(part)));
    if (dot == std::string_view::npos) return out;
    text.remove_prefix(dot + 1);
  }
}

// Missing parts count as 0.
int Compare(const Release& a, const Release& b) {
  for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
    const long left = i < a.size() ? a[i] : 0;
    const long right = i < b.size() ? b[i] : 0;
    if (left != right) return left < right ? -1 : 1;
  }
  return 0;
}

bool HasPrefix(const Release& version, const Release& prefix, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    if ((i < version.size() ? version[i] : 0) != prefix[i]) return false;
  }
  return true;
}

bool MeetsClause(const Release& version, const std::string& op, std::string_view wanted) {
  const bool prefix = wanted.ends_with(".*");
  const Release other = *ParseRelease(prefix ? wanted.substr(0, wanted.size() - 2) : wanted);
  if (prefix) return HasPrefix(version, other, other.size()) == (op == "==");
  const int order = Compare(version, other);
  if (op == "==") return order == 0;
  if (op == "!=") return order != 0;
  if (op == ">=") return order >= 0;
  if (op == "<=") return order <= 0;
  if (op == ">") return order > 0;
  if (op == "<") return order < 0;
  return order >= 0 && HasPrefix(version, other, other.size() - 1);  // "~="
}

// One clause such as ">= 1.4"; false when it is not understood.
bool TakeClause(std::string_view text, Requirement& out) {
  text = Trim(text);
  for (const std::string_view op : {"==", "!=", ">=", "<=", "~=", ">", "<"}) {
    if (!text.starts_with(op)) continue;
    const std::string_view version = Trim(text.substr(op.size()));
    const bool prefix = version.ends_with(".*") && (op == "==" || op == "!=");
    const auto release = ParseRelease(prefix ? version.substr(0, version.size() - 2) : version);
    if (!release || (op == "~=" && release->size() < 2)) return false;
    out.clauses.emplace_back(op, version);
    return true;
  }
  return false;
}

}  // namespace

std::string NormalizeName(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == '-' || c == '_' || c == '.') {
      if (!out.empty() && out.back() != '-') out += '-';
    } else {
      out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  return out;
}

std::optional<Requirement> ParseRequirement(std::string_view text) {
  text = Trim(text);
  const auto end = std::find_if_not(text.begin(), text.end(), IsNameCharacter);
  const std::size_t length = static_cast<std::size_t>(end - text.begin());
  if (length == 0) return std::nullopt;
  Requirement out{.name = NormalizeName(text.substr(0, length)), .clauses = {}};
  if (out.name.empty()) return std::nullopt;  // "-" and "..": no letter, no digit
  std::string_view rest = Trim(text.substr(length));
  if (rest.starts_with('(') && rest.ends_with(')')) rest = rest.substr(1, rest.size() - 2);
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    if (!TakeClause(rest.substr(0, comma), out)) return std::nullopt;
    rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
  }
  return out;
}

bool Meets(const Distributions& distributions, const Requirement& requirement) {
  const auto found = distributions.find(requirement.name);
  if (found == distributions.end()) return false;
  if (requirement.clauses.empty()) return true;
  const std::optional<Release> version = ParseRelease(found->second);
  if (!version) return false;
  return std::ranges::all_of(requirement.clauses, [&](const auto& clause) {
    return MeetsClause(*version, clause.first, clause.second);
  });
}

Distributions ParseDistributions(std::string_view text) {
  Distributions out;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = Trim(text.substr(0, end));
    const std::size_t space = line.find(' ');
    if (space != std::string_view::npos) {
      out[NormalizeName(line.substr(0, space))] = std::string(Trim(line.substr(space)));
    }
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return out;
}

}  // namespace mlengine::runner
