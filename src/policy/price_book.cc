#include "policy/price_book.h"

#include <algorithm>
#include <cassert>

#include "policy/builtin_prices.h"

namespace mlengine::policy {

PriceBook PriceBook::BuiltIn() {
  Result<PriceBook> book = Parse(std::string(BuiltInPricesYaml()), "prices.yaml");
  assert(book.ok());  // a test reads it
  return *std::move(book);
}

void PriceBook::Merge(const PriceBook& other) {
  if (std::ranges::any_of(other.lists_, &PriceList::is_default)) {
    for (PriceList& list : lists_) list.is_default = false;
  }
  for (const PriceList& list : other.lists_) {
    const auto same = std::ranges::find(lists_, list.name, &PriceList::name);
    if (same == lists_.end()) {
      lists_.push_back(list);
    } else {
      // The default keeps its place when its figures are replaced.
      const bool is_default = same->is_default || list.is_default;
      *same = list;
      same->is_default = is_default;
    }
  }
}

const PriceList* PriceBook::Find(const std::string& name) const {
  const auto found = std::ranges::find(lists_, name, &PriceList::name);
  return found == lists_.end() ? nullptr : &*found;
}

Result<PriceList> PriceBook::Choose(const std::string& name) const {
  std::string names;
  for (const PriceList& list : lists_) {
    if (name.empty() ? list.is_default : list.name == name) return list;
    names += (names.empty() ? "" : ", ") + list.name;
  }
  return InvalidArgumentError(name.empty() ? "no price list is the default; the lists are: " + names
                                           : "there is no price list \"" + name +
                                                 "\"; the lists are: " + names);
}

Status PriceBook::MakeDefault(const std::string& name) {
  MLENGINE_ASSIGN_OR_RETURN(const PriceList chosen, Choose(name));
  for (PriceList& list : lists_) list.is_default = list.name == chosen.name;
  return OkStatus();
}

const PriceList& PriceBook::Default() const {
  const auto found = std::ranges::find(lists_, true, &PriceList::is_default);
  assert(found != lists_.end());
  return *found;
}

Result<const PriceList*> PriceBook::ListOfJob(const std::string& price_list) const {
  if (price_list.empty()) return &Default();
  if (const PriceList* list = Find(price_list)) return list;
  return NotFoundError("The price list " + price_list +
                       ", in force when the job was created, is not among those of this server.");
}

}  // namespace mlengine::policy
