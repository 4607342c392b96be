#include "policy/price_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlengine::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kFlat = "{currency: USD, replicaHour: 0.1}";

PriceBook MustParse(const std::string& yaml) {
  Result<PriceBook> book = PriceBook::Parse(yaml, "p.yaml");
  EXPECT_TRUE(book.ok()) << book.status().ToString();
  return book.value_or({});
}

std::vector<std::string> Names(const PriceBook& book) {
  std::vector<std::string> names;
  for (const PriceList& list : book.lists()) names.push_back(list.name);
  return names;
}

TEST(PriceBookTest, TheBuiltInOneHasTheOriginalsListsAndTheFirstIsTheDefault) {
  const PriceBook book = PriceBook::BuiltIn();
  EXPECT_THAT(Names(book), ElementsAre("2017-12", "2019-04", "2020-01"));
  ASSERT_TRUE(book.Choose("").ok());
  const PriceList list = *book.Choose("");
  EXPECT_EQ(list.name, "2017-12");
  EXPECT_EQ(list.from, "2017-12-14");
  EXPECT_EQ(list.to, "2019-03-31");
  EXPECT_EQ(list.currency, "USD");
  EXPECT_EQ(book.Find("2019-04")->from, "2019-04-01");
  EXPECT_EQ(book.Find("2020-01")->to, "");
}

TEST(PriceBookTest, OwnListsReplaceAndAddByName) {
  PriceBook book = PriceBook::BuiltIn();
  book.Merge(MustParse("lists:\n  electricity: " + kFlat + "\n  2017-12: " + kFlat + "\n"));
  EXPECT_THAT(Names(book), ElementsAre("2017-12", "2019-04", "2020-01", "electricity"));
  EXPECT_EQ(book.Choose("")->name, "2017-12");
  EXPECT_TRUE(book.Choose("")->replica_hour.has_value());
  EXPECT_TRUE(book.Choose("electricity").ok());

  book.Merge(MustParse("lists:\n  zero: {currency: USD, replicaHour: 0, default: true}\n"));
  EXPECT_EQ(book.Choose("")->name, "zero");
  EXPECT_FALSE(book.Find("2017-12")->is_default);
}

TEST(PriceBookTest, AnUnknownNameIsAnsweredWithThoseThereAre) {
  EXPECT_EQ(PriceBook::BuiltIn().Choose("2018").status().message(),
            "there is no price list \"2018\"; the lists are: 2017-12, 2019-04, 2020-01");
  EXPECT_THAT(MustParse("lists:\n  a: " + kFlat + "\n").Choose("").status().message(),
              HasSubstr("no price list is the default; the lists are: a"));
}

TEST(PriceBookTest, AJobKeepsItsListWhateverTheDefaultIsNow) {
  PriceBook book = PriceBook::BuiltIn();
  EXPECT_EQ(book.Default().name, "2017-12");
  ASSERT_TRUE(book.MakeDefault("2019-04").ok());
  EXPECT_EQ(book.Default().name, "2019-04");
  EXPECT_EQ((*book.ListOfJob("2017-12"))->name, "2017-12");
  EXPECT_EQ((*book.ListOfJob(""))->name, "2019-04");
  EXPECT_EQ(book.ListOfJob("mine").status().message(),
            "The price list mine, in force when the job was created, is not among those of this "
            "server.");
  EXPECT_FALSE(book.MakeDefault("2018").ok());
  EXPECT_EQ(book.Default().name, "2019-04");
}

TEST(PriceBookTest, NamesFileLineAndKeyOfWhatIsWrong) {
  const std::string us = "    regions:\n      us: {unitPrice: 1, regions: [us-*]}\n";
  const struct {
    std::string yaml;
    std::string message;
  } cases[] = {
      {"lists:\n  a: [\n", "p.yaml:3: "},
      {"- x\n", "the file must have the key lists"},
      {"", "the file must have the key lists"},
      {"list: {}\n", "p.yaml:1: list is not known; the key is lists"},
      {"lists: 5\n", "p.yaml:1: lists must be a map"},
      {"lists:\n  a:\n    curency: USD\n",
       "p.yaml:3: a.curency is not known; did you mean currency?"},
      {"lists:\n  a: {replicaHour: 1}\n", "p.yaml:2: a needs currency"},
      {"lists:\n  a:\n    currency: USD\n", "p.yaml:2: a needs either replicaHour, or regions"},
      {"lists:\n  a:\n    currency: USD\n    replicaHour: 1\n" + us, "a needs either replicaHour"},
      {"lists:\n  a:\n    currency: USD\n    replicaHour: -1\n",
       "p.yaml:4: a.replicaHour: \"-1\" is not a number from 0"},
      {"lists:\n  a: {currency: USD, replicaHour: nan}\n", "\"nan\" is not a number"},
      {"lists:\n  a: {currency: USD, replicaHour: 0x10}\n", "\"0x10\" is not a number"},
      {"lists:\n  a: {currency: United States}\n", "a.currency must be short"},
      {"lists:\n  a: {from: 2017-13-01}\n", "a.from must be a day such as 2017-12-14"},
      {"lists:\n  a: {default: maybe}\n", "a.default must be true or false"},
      {"lists:\n  a:\n" + us + "    machines:\n      standrad: 1\n",
       "p.yaml:6: a.machines.standrad is not known; did you mean standard?"},
      {"lists:\n  a:\n" + us + "    machines:\n      standard: {eu: 1}\n",
       "a.machines.standard.eu is not known; "},
      {"lists:\n  a:\n" + us + "    tiers: {CUSTOM: 1}\n", "a.tiers.CUSTOM is not known"},
      {"lists:\n  a:\n" + us + "    accelerators: {NVIDIA_TESLA_T5: 1}\n",
       "did you mean NVIDIA_TESLA_T"},
      {"lists:\n  a:\n    regions:\n      us: {regions: [us-*]}\n",
       "p.yaml:4: a.regions.us needs unitPrice and regions"},
      {"lists:\n  a:\n    regions:\n      us: {unitPrice: 1, regions: us-*}\n",
       "a.regions.us.regions must be a list"},
      {"lists:\n  a:\n    regions:\n      us: {unitPrice: 1, regions: [mars-*]}\n",
       "p.yaml:4: a.regions.us.regions: \"mars-*\" is no region"},
      {"lists:\n  a:\n" + us + "      more: {unitPrice: 1, regions: [us-east1]}\n",
       "p.yaml:3: a.regions: us-east1 is in more than one group: us, more"},
      {"lists:\n  a: " + kFlat + "\n  a: " + kFlat + "\n", "p.yaml:3: lists.a is there twice"},
      {"lists:\n  a: {currency: USD, replicaHour: 1, default: true}\n"
       "  b: {currency: USD, replicaHour: 1, default: true}\n",
       "p.yaml:3: a and b are both the default"},
  };
  for (const auto& c : cases) {
    const Result<PriceBook> book = PriceBook::Parse(c.yaml, "p.yaml");
    ASSERT_FALSE(book.ok()) << c.yaml;
    EXPECT_EQ(book.status().code(), StatusCode::kInvalidArgument);
    EXPECT_THAT(book.status().message(), HasSubstr(c.message)) << c.yaml;
  }
}

}  // namespace
}  // namespace mlengine::policy
