#include "cli/yaml_output.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "base/file_system.h"
#include "base/testing/source_tree.h"

namespace mlengine::cli {
namespace {

std::string TestData(const std::string& name) {
  return *RealFileSystem().Read(SourceTree() + "/src/cli/testdata/" + name);
}

// The .yaml files are what gcloud 528 printed for `jobs describe` of the .json beside them.
TEST(Yaml, AJobAsGcloudPrintsIt) {
  EXPECT_EQ(ToYaml(boost::json::parse(TestData("job.json"))), TestData("job.yaml"));
}

TEST(Yaml, HardStringsAndNumbersAsGcloudPrintsThem) {
  EXPECT_EQ(ToYaml(boost::json::parse(TestData("strings.json"))), TestData("strings.yaml"));
}

TEST(Yaml, WholeNumbersInDoubleFieldsKeepTheirPoint) {
  EXPECT_EQ(ToYaml(boost::json::parse(R"({"trainingOutput":{"consumedMLUnits":2},"n":2})")),
            "n: 2\ntrainingOutput:\n  consumedMLUnits: 2.0\n");
}

}  // namespace
}  // namespace mlengine::cli
