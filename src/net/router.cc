#include "net/router.h"

#include <algorithm>
#include <optional>

#include "base/digest.h"

namespace mlengine::net {
namespace {

std::vector<std::string_view> SplitPath(std::string_view path) {
  std::vector<std::string_view> segments;
  if (!path.empty() && path.front() == '/') path.remove_prefix(1);
  while (true) {
    const std::size_t slash = path.find('/');
    segments.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

bool IsVariable(std::string_view segment) {
  return !segment.empty() && segment.front() == '{';
}
bool IsRest(std::string_view segment) {
  return segment.ends_with("=**}");
}

// The custom verb of a template's last segment: "cancel" of "{job}:cancel".
std::string_view VerbOf(std::string_view last_segment) {
  const std::size_t brace = last_segment.find('}');
  if (brace == std::string_view::npos || brace + 1 >= last_segment.size()) return {};
  return last_segment[brace + 1] == ':' ? last_segment.substr(brace + 2) : std::string_view{};
}

// How well a template fits a path: the values of its variables and a rank that grows with every
// literal.
struct Fit {
  std::vector<std::string> values;
  int rank = 0;
};

// What most templates fail at, without any memory taken.
bool LiteralsFit(const std::vector<std::string>& wanted,
                 const std::vector<std::string_view>& given) {
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (IsRest(wanted[i])) return true;
    if (i >= given.size() || (!IsVariable(wanted[i]) && wanted[i] != given[i])) return false;
  }
  return wanted.size() == given.size();
}

std::optional<Fit> FitTemplate(const std::vector<std::string>& wanted,
                               const std::vector<std::string_view>& given,
                               std::string_view raw_path) {
  if (!LiteralsFit(wanted, given)) return std::nullopt;
  Fit fit;
  const auto take = [&fit](std::string_view encoded) {
    Result<std::string> decoded = PercentDecode(encoded);
    if (!decoded.ok()) return false;
    fit.values.push_back(*std::move(decoded));
    return true;
  };
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (IsRest(wanted[i])) {
      if (i >= given.size()) return std::nullopt;
      const std::size_t start = static_cast<std::size_t>(given[i].data() - raw_path.data());
      if (start >= raw_path.size() || !take(raw_path.substr(start))) return std::nullopt;
      return fit;
    }
    if (!IsVariable(wanted[i])) {
      fit.rank += 4;
      continue;
    }
    std::string_view value = given[i];
    if (const std::string_view verb = VerbOf(wanted[i]); !verb.empty()) {
      const std::size_t colon = value.rfind(':');
      if (colon == std::string_view::npos || value.substr(colon + 1) != verb) return std::nullopt;
      value = value.substr(0, colon);
      fit.rank += 2;
    }
    if (value.empty() || !take(value)) return std::nullopt;
    fit.rank += 1;
  }
  fit.rank += 1;  // a template without a rest is the closer one
  return fit;
}

}  // namespace

void Router::Add(Route route) {
  std::vector<std::string> segments;
  for (const std::string_view segment : SplitPath(route.path_template))
    segments.emplace_back(segment);
  segments_.push_back(std::move(segments));
  routes_.push_back(std::move(route));
}

void Router::Handle(std::string method, std::string path_template, Handler handler) {
  Route route;
  route.method = std::move(method);
  route.path_template = std::move(path_template);
  route.handler = std::move(handler);
  Add(std::move(route));
}

Router::Match Router::Find(std::string_view method, std::string_view raw_path) const {
  Match match;
  int best = -1;
  const std::vector<std::string_view> given = SplitPath(raw_path);
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    const Route& route = routes_[i];
    std::optional<Fit> fit = FitTemplate(segments_[i], given, raw_path);
    if (!fit) continue;
    const bool head_by_get = method == "HEAD" && route.method == "GET";
    if (route.method != method && !head_by_get) {
      match.allowed.push_back(route.method);
      continue;
    }
    const int rank = fit->rank * 2 + (head_by_get ? 0 : 1);
    if (rank <= best) continue;
    best = rank;
    match.route = &route;
    match.path_values = std::move(fit->values);
  }
  std::sort(match.allowed.begin(), match.allowed.end());
  match.allowed.erase(std::unique(match.allowed.begin(), match.allowed.end()), match.allowed.end());
  return match;
}

}  // namespace mlengine::net
