#include <algorithm>
#include <optional>
#include <set>

#include "base/nearest_word.h"
#include "base/number_text.h"
#include "policy/machine_types.h"
#include "policy/price_book.h"
#include "policy/regions.h"
#include "policy/yaml_fault.h"

namespace mlengine::policy {
namespace {

constexpr std::size_t kLongestName = 64;
constexpr std::size_t kLongestCurrency = 8;
constexpr double kLargestNumber = 1e6;

std::string Joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

// `what` is what `known` are: "the keys", "the machine types".
void CheckKnown(const YAML::Node& node, const std::string& word, const std::string& path,
                const std::vector<std::string>& known, const std::string& what) {
  if (std::ranges::find(known, word) != known.end()) return;
  const std::string near = NearestWord(word, known);
  throw YamlFault(
      node, path + " is not known; " +
                (near.empty() ? what + " are " + Joined(known) : "did you mean " + near + "?"));
}

double Number(const YAML::Node& node, const std::string& path) {
  const std::string text = ScalarText(node, path);
  const double number = ToNumber<double>(text).value_or(-1);
  if (!(number >= 0 && number <= kLargestNumber)) {  // NaN is not
    throw YamlFault(node, path + ": \"" + text.substr(0, kLongestName) +
                              "\" is not a number from 0 to 1000000");
  }
  return number;
}

bool IsDay(const std::string& text) {
  return text.size() == 10 && ParseTime(text + "T00:00:00Z").ok();
}

struct Pair {
  std::string key;
  YAML::Node place;  // the key's, for the line
  YAML::Node value;
};

// The pairs of a map in the order of the file, each key once. `path` is "" or ends with a dot.
std::vector<Pair> Pairs(const YAML::Node& place, const YAML::Node& node, const std::string& path) {
  if (!node.IsMap()) {
    throw YamlFault(place, path.empty()
                               ? "the file must have the key lists"
                               : path.substr(0, path.size() - 1) + " must be a map of keys");
  }
  std::vector<Pair> pairs;
  std::set<std::string> seen;
  for (const auto& item : node) {
    const std::string key = ScalarText(item.first, "a key of " + path);
    if (!seen.insert(key).second) throw YamlFault(item.first, path + key + " is there twice");
    pairs.push_back({key, item.first, item.second});
  }
  return pairs;
}

std::vector<std::string> ReadRegionNames(const Pair& pair, const std::string& path) {
  if (!pair.value.IsSequence()) throw YamlFault(pair.place, path + " must be a list of regions");
  std::vector<std::string> regions;
  for (const YAML::Node& item : pair.value) {
    RegionGroup one;
    one.regions = {ScalarText(item, "each item of " + path)};
    if (!std::ranges::any_of(TrainingRegions(), [&](const auto& r) { return one.Covers(r); })) {
      throw YamlFault(item, path + ": \"" + one.regions[0].substr(0, kLongestName) +
                                "\" is no region, nor the beginning of one with a star");
    }
    regions.push_back(one.regions[0]);
  }
  return regions;
}

RegionGroup ReadGroup(const Pair& pair, const std::string& path) {
  RegionGroup group;
  group.name = pair.key;
  std::optional<double> price;
  for (const Pair& item : Pairs(pair.place, pair.value, path + ".")) {
    const std::string here = path + "." + item.key;
    CheckKnown(item.place, item.key, here, {"unitPrice", "regions"}, "the keys");
    if (item.key == "unitPrice") {
      price = Number(item.value, here);
    } else {
      group.regions = ReadRegionNames(item, here);
    }
  }
  if (!price || group.regions.empty())
    throw YamlFault(pair.place, path + " needs unitPrice and regions");
  group.unit_price = *price;
  return group;
}

// One number for all groups of regions, or a map of them.
PriceList::ByGroup ReadUnits(const Pair& pair, const std::string& path,
                             const std::vector<std::string>& groups) {
  if (!pair.value.IsMap()) return {{"", Number(pair.value, path)}};
  PriceList::ByGroup units;
  for (const Pair& item : Pairs(pair.place, pair.value, path + ".")) {
    const std::string here = path + "." + item.key;
    CheckKnown(item.place, item.key, here, groups, "the groups of regions");
    units[item.key] = Number(item.value, here);
  }
  return units;
}

std::vector<std::string> MachineNames() {
  std::vector<std::string> names = MachineTypeNames();
  names.emplace_back(kBatchPredictionNode);
  return names;
}

std::vector<std::string> AcceleratorNames() {
  using ml::v1::AcceleratorConfig;
  std::vector<std::string> names;
  for (int i = 1; i < AcceleratorConfig::Type_ARRAYSIZE; ++i)
    names.push_back(AcceleratorConfig::Type_Name(static_cast<AcceleratorConfig::Type>(i)));
  return names;
}

std::vector<std::string> TierNames() {
  return {"BASIC", "STANDARD_1", "PREMIUM_1", "BASIC_GPU", "BASIC_TPU"};
}

class ListReader {
 public:
  explicit ListReader(const Pair& pair) : pair_(pair) { list_.name = pair.key; }

  PriceList Read() {
    static const std::vector<std::string> keys = {
        "from",     "to",           "currency", "default", "regions",
        "machines", "accelerators", "tiers",    "prices",  "replicaHour"};
    const std::vector<Pair> pairs = Pairs(pair_.place, pair_.value, Path(""));
    for (const Pair& pair : pairs) {
      CheckKnown(pair.place, pair.key, Path(pair.key), keys, "the keys");
      // First, because units are by the groups' names.
      if (pair.key == "regions") ReadRegions(pair);
    }
    for (const Pair& pair : pairs) ReadKey(pair);
    if (list_.currency.empty()) throw YamlFault(pair_.place, list_.name + " needs currency");
    const bool flat = list_.replica_hour.has_value();
    const bool by_machine = !list_.regions.empty() && !list_.machines.empty();
    const bool none = list_.regions.empty() && list_.machines.empty() &&
                      list_.accelerators.empty() && list_.tiers.empty() && list_.prices.empty();
    if (flat ? !none : !by_machine)
      throw YamlFault(pair_.place,
                      list_.name + " needs either replicaHour, or regions and machines");
    return std::move(list_);
  }

 private:
  std::string Path(const std::string& key) const { return list_.name + "." + key; }

  void ReadRegions(const Pair& pair) {
    for (const Pair& group : Pairs(pair.place, pair.value, Path("regions."))) {
      list_.regions.push_back(ReadGroup(group, Path("regions." + group.key)));
      group_names_.push_back(group.key);
    }
    for (const std::string& region : TrainingRegions()) {
      std::vector<std::string> groups;
      for (const RegionGroup& group : list_.regions) {
        if (group.Covers(region)) groups.push_back(group.name);
      }
      if (groups.size() > 1)
        throw YamlFault(pair.place, Path("regions") + ": " + region +
                                        " is in more than one group: " + Joined(groups));
    }
  }

  void ReadKey(const Pair& pair) {
    const std::string path = Path(pair.key);
    if (pair.key == "machines") {
      list_.machines = ReadThings(pair, MachineNames(), "the machine types");
    } else if (pair.key == "accelerators") {
      list_.accelerators = ReadThings(pair, AcceleratorNames(), "the accelerators");
    } else if (pair.key == "tiers") {
      list_.tiers = ReadThings(pair, TierNames(), "the tiers");
    } else if (pair.key == "prices") {
      std::vector<std::string> names = MachineNames();
      for (const auto& more : {AcceleratorNames(), TierNames()})
        names.insert(names.end(), more.begin(), more.end());
      list_.prices = ReadThings(pair, names, "the machine types, accelerators and tiers");
    } else if (pair.key == "replicaHour") {
      list_.replica_hour = Number(pair.value, path);
    } else if (pair.key != "regions") {
      ReadText(pair, path, ScalarText(pair.value, path));
    }
  }

  void ReadText(const Pair& pair, const std::string& path, const std::string& text) {
    if (pair.key == "currency") {
      if (text.size() > kLongestCurrency || text.find('\n') != std::string::npos)
        throw YamlFault(pair.value, path + " must be short, such as USD");
      list_.currency = text;
    } else if (pair.key == "default") {
      if (text != "true" && text != "false")
        throw YamlFault(pair.value, path + " must be true or false");
      list_.is_default = text == "true";
    } else {
      if (!IsDay(text)) throw YamlFault(pair.value, path + " must be a day such as 2017-12-14");
      (pair.key == "from" ? list_.from : list_.to) = text;
    }
  }

  std::map<std::string, PriceList::ByGroup> ReadThings(const Pair& pair,
                                                       const std::vector<std::string>& known,
                                                       const std::string& what) const {
    std::map<std::string, PriceList::ByGroup> things;
    for (const Pair& item : Pairs(pair.place, pair.value, Path(pair.key) + ".")) {
      const std::string path = Path(pair.key) + "." + item.key;
      CheckKnown(item.place, item.key, path, known, what);
      things[item.key] = ReadUnits(item, path, group_names_);
    }
    return things;
  }

  const Pair& pair_;
  PriceList list_;
  std::vector<std::string> group_names_;
};

std::vector<PriceList> ReadLists(const YAML::Node& root) {
  std::vector<PriceList> lists;
  for (const Pair& top : Pairs(root, root, "")) {
    if (top.key != "lists") throw YamlFault(top.place, top.key + " is not known; the key is lists");
    for (const Pair& pair : Pairs(top.place, top.value, "lists.")) {
      if (pair.key.size() > kLongestName || pair.key.find('\n') != std::string::npos)
        throw YamlFault(pair.place, "a list's name must be one line of at most 64 bytes");
      PriceList list = ListReader(pair).Read();
      for (const PriceList& other : lists) {
        if (other.is_default && list.is_default)
          throw YamlFault(pair.place, other.name + " and " + list.name + " are both the default");
      }
      lists.push_back(std::move(list));
    }
  }
  return lists;
}

}  // namespace

Result<PriceBook> PriceBook::Parse(const std::string& yaml, const std::string& source) {
  try {
    PriceBook book;
    book.lists_ = ReadLists(YAML::Load(yaml));
    return book;
  } catch (const YAML::Exception& wrong) {
    return ToStatus(wrong, source);
  }
}

}  // namespace mlengine::policy
