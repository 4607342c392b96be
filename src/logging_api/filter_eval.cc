#include "logging_api/filter_eval.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>

#include "base/digest.h"
#include "logging_api/search_words.h"

namespace mlengine::logging_api {
namespace {

using Kind = FilterNode::Kind;

bool HasLogId(const FilterNode& node, const EntryView& entry) {
  const Result<std::string> name = PercentDecode(entry.log_name());
  if (!name.ok()) return false;
  static constexpr std::string_view kLogs = "/logs/";
  const std::size_t at = name->find(kLogs);
  return at != std::string::npos && FoldCase(name->substr(at + kLogs.size())) == node.value.folded;
}

bool Finds(const FilterNode& node, const EntryView& entry) {
  return std::all_of(node.phrases.begin(), node.phrases.end(), [&](const auto& phrase) {
    const auto test = [&](const Leaf& leaf) {
      return leaf.kind == Leaf::Kind::kText && HasPhrase(leaf.text, phrase);
    };
    return node.field ? entry.Any(*node.field, true, test) : entry.Any(test);
  });
}

bool InNet(const FilterNode& node, const EntryView& entry) {
  return entry.Any(*node.field, true, [&](const Leaf& leaf) {
    if (leaf.kind != Leaf::Kind::kText) return false;
    const auto address = ParseIpAddress(std::string(leaf.text));
    return address && node.net.Contains(*address);
  });
}

// The same value is always in or always out, on every machine: FNV-1a, its bits then mixed.
bool InSample(const Leaf& leaf, double fraction) {
  std::uint64_t hash = 14695981039346656037ULL;
  const auto take = [&](std::uint64_t byte) { hash = (hash ^ byte) * 1099511628211ULL; };
  for (const char c : leaf.text) take(static_cast<unsigned char>(c));
  const std::uint64_t number = leaf.kind == Leaf::Kind::kMoment
                                   ? std::bit_cast<std::uint64_t>(leaf.moment_ns)
                                   : std::bit_cast<std::uint64_t>(leaf.number);
  for (int shift = 0; shift < 64; shift += 8) take((number >> shift) & 0xFF);
  hash ^= hash >> 33;
  hash *= 0xFF51AFD7ED558CCDULL;
  hash ^= hash >> 33;
  return std::ldexp(static_cast<double>(hash >> 11), -53) < fraction;
}

}  // namespace

bool Passes(const FilterNode& node, const EntryView& entry) {
  const auto passes = [&](const auto& child) { return Passes(*child, entry); };
  const auto holds = [&](const Leaf& leaf) { return Holds(leaf, node.op, node.value); };
  switch (node.kind) {
    case Kind::kAll:
      return true;
    case Kind::kAnd:
      return std::all_of(node.children.begin(), node.children.end(), passes);
    case Kind::kOr:
      return std::any_of(node.children.begin(), node.children.end(), passes);
    case Kind::kNot:
      return !Passes(*node.children[0], entry);
    case Kind::kCompare:
      // Only ":" looks into what a field holds.
      return entry.Any(*node.field, node.op == FilterOp::kHas, holds);
    case Kind::kExists:
      return entry.Has(*node.field);
    case Kind::kGlobal:
      return entry.Any(holds);
    case Kind::kLogId:
      return HasLogId(node, entry);
    case Kind::kSearch:
      return Finds(node, entry);
    case Kind::kInNet:
      return InNet(node, entry);
    case Kind::kSample:
      return entry.Any(*node.field, true,
                       [&](const Leaf& leaf) { return InSample(leaf, node.fraction); });
  }
  return false;
}

}  // namespace mlengine::logging_api
