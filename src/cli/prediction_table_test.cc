#include "cli/prediction_table.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace mlengine::cli {
namespace {

std::string Table(const char* json) {
  return PredictionTable(boost::json::parse(json).as_array());
}

TEST(PredictionTableTest, ColumnsAreThoseOfTheFirst) {
  EXPECT_EQ(Table(R"([{"label":"yes","n":3},{"label":"no","n":12,"x":1},{"n":true}])"),
            "LABEL  N\n"
            "yes    3\n"
            "no     12\n"
            "       true\n");
  EXPECT_EQ(Table(R"([1,2])"), "");
  EXPECT_EQ(Table(R"([])"), "");
}

TEST(PredictionTableTest, NumbersAndListsAreCutToWhatIsRead) {
  EXPECT_EQ(Table(R"([{"a":0.96638220548,"b":[1,2],"c":[0.123456789,2,3,4,5,6]},{"a":1e-9}])"),
            "A        B       C\n"
            "0.96638  [1, 2]  [0.12346, 2, 3, 4, ... 2 more]\n"
            "1e-09\n");
}

TEST(PredictionTableTest, OnePredictionWithNamedNumbersIsRanked) {
  EXPECT_EQ(Table(R"([{"label":"stop","labels":["yes","no","stop"],"score":0.9,
                      "scores":[0.01,0.09,0.9]}])"),
            "LABEL  SCORE\n"
            "stop   0.9\n"
            "\n"
            "LABELS  SCORES\n"
            "stop    0.9\n"
            "no      0.09\n"
            "yes     0.01\n");
  EXPECT_EQ(Table(R"([{"classes":["a","b","c","d","e","f","g"],"scores":[1,2,3,4,5,6,7]}])"),
            "CLASSES  SCORES\n"
            "g        7\n"
            "f        6\n"
            "e        5\n"
            "d        4\n"
            "c        3\n"
            "... 2 more\n");
}

TEST(PredictionTableTest, ListsThatDoNotBelongTogetherStayColumns) {
  EXPECT_EQ(Table(R"([{"names":["a","b"],"scores":[1,2,3]}])"),
            "NAMES   SCORES\n"
            "[a, b]  [1, 2, 3]\n");
  EXPECT_EQ(Table(R"([{"names":["a","b"],"x":[1,2],"y":[3,4]}])"),
            "NAMES   X       Y\n"
            "[a, b]  [1, 2]  [3, 4]\n");
}

}  // namespace
}  // namespace mlengine::cli
