#include "prices.h"

#include "base/file_system.h"

namespace mlengine::server {
namespace {

constexpr std::size_t kLargestFile = 1U << 20;

}  // namespace

Result<policy::PriceBook> LoadPrices(const Options& options) {
  policy::PriceBook book = policy::PriceBook::BuiltIn();
  if (!options.price_lists.empty()) {
    Result<std::string> yaml = RealFileSystem().Read(options.price_lists, kLargestFile);
    if (!yaml.ok()) return InvalidArgumentError("priceLists: " + yaml.status().message());
    MLENGINE_ASSIGN_OR_RETURN(const policy::PriceBook own,
                              policy::PriceBook::Parse(*yaml, options.price_lists));
    book.Merge(own);
  }
  const Status chosen = book.MakeDefault(options.price_list);
  if (!chosen.ok()) return InvalidArgumentError("priceList: " + chosen.message());
  for (const auto& [region, plan] : options.regions) {
    const Status known = book.Choose(plan.price_list).status();
    if (!known.ok())
      return InvalidArgumentError("regions: " + region + ": priceList: " + known.message());
  }
  return book;
}

}  // namespace mlengine::server
