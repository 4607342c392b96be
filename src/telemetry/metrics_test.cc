#include "telemetry/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlengine::telemetry {
namespace {

using ::testing::HasSubstr;

TEST(MetricsTest, RendersPrometheusText) {
  Metrics metrics;
  metrics.Add("mlengine_jobs_created_total", "Jobs created.", {{"project", "p"}});
  metrics.Add("mlengine_jobs_created_total", "Jobs created.", {{"project", "p"}}, 2);
  metrics.OnRender(
      [](Metrics& m) { m.Set("mlengine_jobs", "Jobs by state.", {{"state", "QUEUED"}}, 4); });
  metrics.RaiseTo("mlengine_bytes_total", "Bytes.", {}, 10);
  metrics.RaiseTo("mlengine_bytes_total", "Bytes.", {}, 7);
  metrics.RaiseTo("mlengine_bytes_total", "Bytes.", {}, 12);
  metrics.ObserveSeconds("mlengine_request_seconds", "Time to answer.", {}, 0.004);
  const std::string text = metrics.Render();
  EXPECT_THAT(text, HasSubstr("# TYPE mlengine_jobs_created_total counter"));
  EXPECT_THAT(text, HasSubstr("mlengine_jobs_created_total{project=\"p\"} 3"));
  EXPECT_THAT(text, HasSubstr("mlengine_bytes_total 12"));
  EXPECT_THAT(text, HasSubstr("mlengine_jobs{state=\"QUEUED\"} 4"));
  EXPECT_THAT(text, HasSubstr("mlengine_request_seconds_bucket{le=\"0.0025\"} 0"));
  EXPECT_THAT(text, HasSubstr("mlengine_request_seconds_bucket{le=\"0.005\"} 1"));
}

}  // namespace
}  // namespace mlengine::telemetry
