// The files by which an operator adds runtime versions and price lists.
#include "fuzz_target.h"
#include "policy/price_book.h"
#include "policy/runtime_catalog.h"

namespace mlengine::fuzz {
namespace {

void CheckCatalog(const std::string& yaml) {
  const auto catalog = policy::RuntimeCatalog::Parse(yaml, "catalog.yaml");
  if (!catalog.ok()) {
    RequireInvalid(catalog.status());
    return Require(catalog.status().message().starts_with("catalog.yaml"),
                   "an error names the file");
  }
  for (const policy::RuntimeVersion& version : catalog->versions()) {
    Require(version.name.find('/') == std::string::npos && version.name.front() != '.',
            "a runtime's name is a folder's name");
    Require(catalog->Find(version.name) != nullptr, "it is found by its name");
    for (const std::string& pin : version.requirements)
      Require(pin.front() != '-' && pin.find('\n') == std::string::npos,
              "a pin is no option of pip");
  }
  policy::RuntimeCatalog merged = policy::RuntimeCatalog::BuiltIn();
  merged.Merge(*catalog);
  Require(merged.Find("system") != nullptr, "the built-in runtimes stay");
  Require(merged.Find(merged.DefaultName()) != nullptr, "there is a default");
  const auto choice = policy::ChooseRuntime(merged, {{"system", "3.11.2"}}, "",
                                            policy::Compatibility::kNearest, {});
  if (!choice.ok()) Require(!choice.status().message().empty(), "an error says something");
}

void CheckPrices(const std::string& yaml) {
  const auto book = policy::PriceBook::Parse(yaml, "prices.yaml");
  if (!book.ok()) {
    RequireInvalid(book.status());
    return Require(book.status().message().starts_with("prices.yaml"), "an error names the file");
  }
  policy::PriceBook merged = policy::PriceBook::BuiltIn();
  merged.Merge(*book);
  Require(!merged.Default().name.empty(), "there is a default list");
  ml::v1::TrainingInput input;
  input.set_scale_tier(ml::v1::TrainingInput::STANDARD_1);
  for (const policy::PriceList& list : merged.lists()) {
    const auto rate = list.RateOf(input, "us-central1");
    if (!rate.ok()) {
      RequireError(rate.status(), {StatusCode::kNotFound});
      continue;
    }
    Require(rate->price_per_hour >= 0 && rate->units_per_hour >= 0, "no price is negative");
    Require(!policy::RateText(*rate, list).empty(), "a price can be told");
  }
}

}  // namespace

FUZZ_TARGET(policy_yaml) {
  const std::string yaml(bytes);
  CheckCatalog(yaml);
  CheckPrices(yaml);
}

}  // namespace mlengine::fuzz
