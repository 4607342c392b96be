#include "model/tf_config.h"

#include <gtest/gtest.h>

namespace mlengine::model {
namespace {

TEST(TfConfig, EqualsGcloudsLocalTrainToTheByte) {
  EXPECT_EQ(
      TfConfig(LocalJobJson("trainer.task", {"--epochs", "3", "--job-dir", "out/é"}), {}, {}),
      "{\"job\": {\"job_name\": \"trainer.task\", \"args\": [\"--epochs\", \"3\", \"--job-dir\", "
      "\"out/\\u00e9\"]}, \"task\": {}, \"cluster\": {}, \"environment\": \"cloud\"}");
  const ClusterSpec cluster{{{"chief", {"localhost:4000"}},
                             {"ps", {"localhost:4001"}},
                             {"worker", {"localhost:4002", "localhost:4003"}}}};
  EXPECT_EQ(
      TfConfig(LocalJobJson("trainer.task", {}), TfTask{"worker", 1, ""}, cluster),
      "{\"job\": {\"job_name\": \"trainer.task\", \"args\": []}, \"task\": {\"type\": \"worker\", "
      "\"index\": 1}, \"cluster\": {\"chief\": [\"localhost:4000\"], \"ps\": [\"localhost:4001\"], "
      "\"worker\": [\"localhost:4002\", \"localhost:4003\"]}, \"environment\": \"cloud\"}");
}

TEST(TfConfig, EscapesWhatJsonCannotHold) {
  EXPECT_EQ(LocalJobJson("m", {"a\"b\\c\n\x01", "\xF0\x9F\x98\x80"}),
            "{\"job_name\": \"m\", \"args\": [\"a\\\"b\\\\c\\n\\u0001\", \"\\ud83d\\ude00\"]}");
}

TEST(TfConfig, TheServiceNamesTheStart) {
  EXPECT_EQ(
      TfConfig("{}", TfTask{"master", 0, "w12-ml"}, ClusterSpec{{{"master", {"127.0.0.1:2222"}}}}),
      "{\"job\": {}, \"task\": {\"type\": \"master\", \"index\": 0, \"cloud\": \"w12-ml\"}, "
      "\"cluster\": {\"master\": [\"127.0.0.1:2222\"]}, \"environment\": \"cloud\"}");
}

}  // namespace
}  // namespace mlengine::model
