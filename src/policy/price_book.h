// PriceBook: the price lists there are, by name. Pure: a list's YAML comes in as text.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "policy/price_list.h"

namespace mlengine::policy {

class PriceBook {
 public:
  // INVALID_ARGUMENT names `source`, line and key. Keys: see prices.yaml.
  static Result<PriceBook> Parse(const std::string& yaml, const std::string& source);
  // The lists that ship with the engine.
  static PriceBook BuiltIn();
  // Lists of `other` replace those of the same name, others are added; its default is the one.
  void Merge(const PriceBook& other);

  const std::vector<PriceList>& lists() const { return lists_; }
  const PriceList* Find(const std::string& name) const;  // null when unknown
  // "" takes the default list. INVALID_ARGUMENT names the lists there are.
  Result<PriceList> Choose(const std::string& name) const;

  // Makes that list the default; "" leaves it. INVALID_ARGUMENT as Choose.
  Status MakeDefault(const std::string& name);
  // The list that prices new jobs. Of a book that BuiltIn is part of.
  const PriceList& Default() const;
  // The list that prices a job: the one in force when it was created, by its record; "" is the
  // default. NOT_FOUND, with a sentence, when that list is gone. Valid as long as the book.
  Result<const PriceList*> ListOfJob(const std::string& price_list) const;

 private:
  std::vector<PriceList> lists_;
};

}  // namespace mlengine::policy
