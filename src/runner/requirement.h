// Whether the distributions of a runtime meet what a package asks for, as far as that can be said
// without pip. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mlengine::runner {

// Normalised name to version.
using Distributions = std::map<std::string, std::string>;

struct Requirement {
  std::string name;  // normalised
  // Operator and version: {">=", "1.4"}.
  std::vector<std::pair<std::string, std::string>> clauses;
};

// "Foo_Bar" and "foo.bar" are "foo-bar".
std::string NormalizeName(std::string_view name);

// "name>=1.4,<2". Nothing for what needs pip's judgement: extras, markers, addresses, versions
// that are not just numbers and dots.
std::optional<Requirement> ParseRequirement(std::string_view text);

// True only when a distribution of that name is there and its version meets every clause.
bool Meets(const Distributions& distributions, const Requirement& requirement);

// One "name version" a line.
Distributions ParseDistributions(std::string_view text);

}  // namespace mlengine::runner
