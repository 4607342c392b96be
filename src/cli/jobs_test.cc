#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "base/testing/temp_dir.h"
#include "cli/job_config.h"
#include "cli/testing/fake_session.h"

namespace mlengine::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kEnd[] = "{\"end\":true}\n";

std::string Entry(int id, const std::string& message) {
  return R"({"insertId":")" + std::to_string(id) +
         R"(","timestamp":"2018-01-02T03:04:05.123456789Z","severity":"INFO",)" +
         R"("task":"master-replica-0","trial":"","message":")" + message + "\"}\n";
}

class JobsTest : public testing::Test {
 protected:
  JobsTest() {
    ::setenv("TZ", "Asia/Seoul", 1);
    ::tzset();
    run_.server.answer = [](const net::ClientRequest&) {
      return JsonAnswer(R"({"jobId":"j","state":"SUCCEEDED","endTime":"2018-01-02T03:04:06Z"})");
    };
  }
  FakeRun run_;
};

TEST_F(JobsTest, ListPrintsGcloudsTable) {
  run_.server.answer = [](const net::ClientRequest&) {
    return JsonAnswer(R"({"jobs":[{"jobId":"a_much_longer_job_id_1","state":"RUNNING",
      "createTime":"2018-07-02T03:04:05.123Z"},{"jobId":"j1","state":"FAILED","createTime":"2018-01-02T03:04:05Z"},
      {"jobId":"onlyid"}]})");
  };
  EXPECT_EQ(run_.Run({"jobs", "list"}), 0);
  EXPECT_EQ(run_.out.str(),
            "JOB_ID                  STATUS   CREATED\n"
            "a_much_longer_job_id_1  RUNNING  2018-07-02T12:04:05\n"
            "j1                      FAILED   2018-01-02T12:04:05\n"
            "onlyid\n");
}

TEST_F(JobsTest, ExplainTellsTheFirstCauseAndWhatFollowed) {
  run_.server.answer = [](const net::ClientRequest&) {
    return JsonAnswer(R"({"state":"FAILED","sentences":["The replica worker 1 exited."],"cause":{
      "kind":"EXCEPTION","replica":"worker 1","restart":0,"time":"2018-01-02T03:04:05Z",
      "sentence":"It raised.","advice":"Do.","evidence":["one","  two"],
      "followers":[{"replica":"master 0","sentence":"It lost it."}]}})");
  };
  EXPECT_EQ(run_.Run({"jobs", "why", "j"}), 0);
  EXPECT_EQ(run_.out.str(),
            "Job [j] is FAILED.\n"
            "First cause: EXCEPTION, worker 1, 2018-01-02T03:04:05Z\n"
            "It raised.\n"
            "What to do: Do.\n"
            "Evidence:\n"
            "  one\n"
            "    two\n"
            "What followed:\n"
            "  master 0: It lost it.\n");
}

TEST_F(JobsTest, ListReadsAllPages) {
  run_.server.answer = [](const net::ClientRequest& request) {
    const bool second = request.target.find("pageToken=t%2F1") != std::string::npos;
    return JsonAnswer(second ? R"({"jobs":[{"jobId":"b"}]})"
                             : R"({"jobs":[{"jobId":"a"}],"nextPageToken":"t/1"})");
  };
  EXPECT_EQ(run_.Run({"jobs", "list", "--format=value(jobId,state)"}), 0);
  EXPECT_EQ(run_.out.str(), "a\t\nb\t\n");
}

TEST_F(JobsTest, ListSortsAllBeforeItCuts) {
  run_.server.answer = [](const net::ClientRequest& request) {
    EXPECT_THAT(request.target, HasSubstr("pageSize=100"));
    return JsonAnswer(
        R"({"jobs":[{"jobId":"c","state":"A"},{"jobId":"a","state":"B"},{"jobId":"b","state":"B"}]})");
  };
  EXPECT_EQ(
      run_.Run({"jobs", "list", "--sort-by=~state,jobId", "--limit=2", "--format=value(jobId)"}),
      0);
  EXPECT_EQ(run_.out.str(), "a\nb\n");
}

TEST_F(JobsTest, StreamLogsPrintsGcloudsLines) {
  run_.server.streams = {{Entry(1, "two\\nlines\\n"), Entry(2, ""), Entry(3, "10%\\r20%"), kEnd}};
  EXPECT_EQ(run_.Run({"jobs", "stream-logs", "j"}), 0);
  const std::string head = "INFO\t2018-01-02 12:04:05 +0900\tmaster-replica-0\t\t";
  EXPECT_EQ(run_.out.str(),
            head + "two\n" + head + "lines\n" + head + "\n" + head + "10%\n" + head + "20%\n");
}

TEST_F(JobsTest, StreamLogsGoesOnAfterACutWithoutLossOrRepeat) {
  const std::string second = Entry(2, "b");
  run_.server.streams = {{Entry(1, "a"), second.substr(0, 20), "CUT"}, {"CUT"}, {second, kEnd}};
  EXPECT_EQ(run_.Run({"jobs", "stream-logs", "j"}), 0);
  const std::string head = "INFO\t2018-01-02 12:04:05 +0900\tmaster-replica-0\t\t";
  EXPECT_EQ(run_.out.str(), head + "a\n" + head + "b\n");
  EXPECT_THAT(run_.server.calls[2].target, HasSubstr("after=1"));
  EXPECT_THAT(run_.err.str(), HasSubstr("trying again"));
  EXPECT_EQ(run_.err.str().find("trying again"), run_.err.str().rfind("trying again"));
}

TEST_F(JobsTest, RawPrintsTheProgramsBytesAndGoesOnAtItsOffset) {
  const std::string bytes("\xff\x00z\r", 4);
  run_.server.streams = {{bytes, "CUT"}, {"en"}, {"d"}};
  int asked = 0;  // the second answer is that of a server that stops: the job still runs
  run_.server.answer = [&asked](const net::ClientRequest&) {
    return JsonAnswer(++asked <= 10 ? R"({"state":"RUNNING"})"
                                    : R"({"state":"SUCCEEDED","endTime":"2018-01-02T03:04:06Z"})");
  };
  EXPECT_EQ(run_.Run({"jobs", "stream-logs", "j", "--raw", "--stream=stderr"}), 0);
  EXPECT_EQ(run_.out.str(), bytes + "end");
  EXPECT_THAT(run_.server.calls[1].target,
              HasSubstr("/log:raw?follow=true&task=master-replica-0&stream=stderr&offset=4"));
}

TEST_F(JobsTest, StreamLogsGivesUpAfterAMinuteWithoutTheServer) {
  run_.server.streams = {{Entry(1, "a"), "CUT"}};
  run_.server.answer = [](const net::ClientRequest&) { return UnavailableError("refused"); };
  EXPECT_EQ(run_.Run({"jobs", "stream-logs", "j"}), kExitNoServer);
  EXPECT_GE(run_.slept, std::chrono::seconds(60));
  EXPECT_LT(run_.slept, std::chrono::seconds(70));
}

TEST_F(JobsTest, StreamLogsEndsNonZeroUnlessSucceeded) {
  run_.server.streams = {{kEnd}};
  run_.server.answer = [](const net::ClientRequest&) {
    return JsonAnswer(R"({"state":"CANCELLED","endTime":"2018-01-02T03:04:06Z"})");
  };
  EXPECT_EQ(run_.Run({"jobs", "stream-logs", "j"}), kExitFailed);
  EXPECT_THAT(run_.err.str(), HasSubstr("ended as CANCELLED"));
}

TEST_F(JobsTest, StreamLogsWaitsForTheStateThatIsStoredJustAfterTheLog) {
  run_.server.streams = {{kEnd}};
  int asked = 0;
  run_.server.answer = [&asked](const net::ClientRequest&) {
    return JsonAnswer(++asked < 3 ? R"({"state":"RUNNING"})"
                                  : R"({"state":"SUCCEEDED","endTime":"2018-01-02T03:04:06Z"})");
  };
  EXPECT_EQ(run_.Run({"jobs", "stream-logs", "j"}), 0);
  EXPECT_EQ(asked, 3);
}

TEST_F(JobsTest, SubmitSendsFlagsOverConfig) {
  const TempDir dir;
  ASSERT_TRUE(RealFileSystem()
                  .WriteAtomic(dir / "c.yaml",
                               "labels: {n: 1}\ntrainingInput:\n  runtimeVersion: 1.4\n"
                               "  region: r1\n  workerCount: 3\n")
                  .ok());
  run_.server.answer = [](const net::ClientRequest&) {
    return JsonAnswer(R"({"jobId":"j","state":"QUEUED"})");
  };
  EXPECT_EQ(run_.Run({"jobs", "submit", "training", "j", "--config", dir / "c.yaml", "--region=r2",
                      "--packages", "gs://b/p.tgz", "--module-name=a.b", "--scale-tier=standard_1",
                      "--", "--x", "1"}),
            0);
  EXPECT_EQ(boost::json::parse(run_.server.calls[0].body),
            boost::json::parse(R"({"jobId":"j","labels":{"n":"1"},
    "trainingInput":{"args":["--x","1"],"packageUris":["gs://b/p.tgz"],"pythonModule":"a.b","region":"r2",
    "runtimeVersion":"1.4","scaleTier":"STANDARD_1","workerCount":3}})"));
  EXPECT_EQ(run_.out.str(), "jobId: j\nstate: QUEUED\n");
  EXPECT_THAT(run_.err.str(), HasSubstr("http://h:1/ui/jobs/j?project=p"));
}

TEST_F(JobsTest, TheRegionIsTheFlagsElseTheEnvironmentsElseTheFiles) {
  const TempDir dir;
  ASSERT_TRUE(
      RealFileSystem().WriteAtomic(dir / "c.yaml", "trainingInput: {region: of-file}\n").ok());
  run_.server.answer = [](const net::ClientRequest&) {
    return JsonAnswer(R"({"jobId":"j","state":"QUEUED"})");
  };
  const auto sent = [&](std::vector<std::string> more) {
    std::vector<std::string> words = {"jobs",       "submit",       "training",         "j",
                                      "--packages", "gs://b/p.tgz", "--module-name=a.b"};
    words.insert(words.end(), more.begin(), more.end());
    run_.server.calls.clear();
    EXPECT_EQ(run_.Run(words), 0);
    const auto body = boost::json::parse(run_.server.calls.at(0).body);
    return std::string(body.at("trainingInput").at("region").as_string());
  };
  const std::string file = dir / "c.yaml";
  EXPECT_EQ(sent({}), "us-central1");
  EXPECT_EQ(sent({"--config", file}), "of-file");
  run_.environment["CLOUDSDK_COMPUTE_REGION"] = "of-environment";
  EXPECT_EQ(sent({"--config", file}), "of-environment");
  EXPECT_EQ(sent({"--config", file, "--region", "of-flag"}), "of-flag");
}

TEST_F(JobsTest, TheReceiptHasThePriceThatTheServerTells) {
  std::string price = R"({"list":"2017-12","region":"europe-west1","text":"3.20 USD/h",
      "cheapest":{"region":"us-central1","text":"2.90 USD/h"}})";
  run_.server.answer = [&price](const net::ClientRequest& request) {
    if (request.target != "/mlengine/v1/projects/p/jobs/j") return JsonAnswer(R"({"jobId":"j"})");
    return price.empty() ? JsonAnswer("no such page", 404)
                         : JsonAnswer(R"({"price":)" + price + "}");
  };
  const auto receipt = [this] {
    run_.err.str("");
    EXPECT_EQ(run_.Run({"jobs", "submit", "training", "j"}), 0);
    return run_.err.str();
  };
  EXPECT_THAT(receipt(), HasSubstr("  price    3.20 USD/h (list 2017-12, region europe-west1)\n"
                                   "  cheaper  2.90 USD/h in region us-central1\n"));
  price = R"({"list":"2017-12","unknown":"x is not in the price list 2017-12."})";
  EXPECT_THAT(receipt(), HasSubstr("  price    not known: x is not in the price list 2017-12.\n"));
  price = "";
  EXPECT_EQ(receipt().find("price"), std::string::npos);
}

TEST_F(JobsTest, DescribeTellsTheCostOnStandardError) {
  run_.server.answer = [](const net::ClientRequest& request) {
    return JsonAnswer(request.target.starts_with("/v1/")
                          ? R"({"jobId":"j"})"
                          : R"({"price":{"list":"2017-12","text":"2.90 USD/h",
                               "used":{"text":"0.73 units, 0.36 USD"}}})");
  };
  EXPECT_EQ(run_.Run({"jobs", "describe", "j"}), 0);
  EXPECT_EQ(run_.out.str(), "jobId: j\n");
  EXPECT_EQ(run_.err.str(), "Cost: 0.73 units, 0.36 USD at 2.90 USD/h (list 2017-12)\n");
}

TEST_F(JobsTest, DescribeNamesEveryReplicaOfACluster) {
  run_.server.answer = [](const net::ClientRequest& request) {
    return JsonAnswer(
        request.target.starts_with("/v1/")
            ? R"({"jobId":"j"})"
            : R"({"attempts":[{"replicas":[{"role":"master","status":{"step":"RUNNING"}},
           {"role":"worker","index":1,"restart":2,"status":{"step":"EXITED","exit":{"signal":9}}},
           {"role":"ps","index":0,"runnerLost":true}]}]})");
  };
  EXPECT_EQ(run_.Run({"jobs", "describe", "j"}), 0);
  EXPECT_EQ(run_.err.str(),
            "Replicas of attempt 1:\n"
            "  master-replica-0     RUNNING\n"
            "  worker-replica-1     EXITED, signal 9, restart 2\n"
            "  ps-replica-0         LOST\n");
}

TEST_F(JobsTest, SubmitTriesAgainWithTheSameKeyAfterA503) {
  run_.server.answer = [this](const net::ClientRequest&) {
    return run_.server.calls.size() < 3 ? JsonAnswer("busy", 503) : JsonAnswer(R"({"jobId":"j"})");
  };
  EXPECT_EQ(run_.Run({"jobs", "submit", "training", "j"}), 0);
  ASSERT_EQ(run_.server.calls.size(), 4U);  // the last asks for the price
  EXPECT_EQ(run_.server.calls[3].method, "GET");
  const auto key = run_.server.calls[0].headers.Get("Idempotency-Key");
  ASSERT_TRUE(key.has_value());
  EXPECT_EQ(key, run_.server.calls[2].headers.Get("Idempotency-Key"));
}

TEST_F(JobsTest, UpdateOutlivesALostConnection) {
  run_.server.answer = [this](const net::ClientRequest&) -> Result<net::ClientResponse> {
    if (run_.server.calls.size() == 2) return UnavailableError("connection reset");
    return JsonAnswer("{}");
  };
  EXPECT_EQ(run_.Run({"jobs", "update", "j", "--clear-labels"}), 0);
  EXPECT_EQ(run_.server.calls.size(), 3U);
}

TEST_F(JobsTest, BadYamlNamesFileAndLine) {
  const TempDir dir;
  ASSERT_TRUE(
      RealFileSystem().WriteAtomic(dir / "c.yaml", "trainingInput:\n  region: [\n  x: }\n").ok());
  EXPECT_EQ(run_.Run({"jobs", "submit", "training", "j", "--config", dir / "c.yaml"}), kExitFailed);
  EXPECT_THAT(run_.err.str(), HasSubstr(dir / "c.yaml" + ", line 3"));
  EXPECT_TRUE(run_.server.calls.empty());
}

TEST_F(JobsTest, WhatJsonCannotSayIsSentAsText) {
  const TempDir dir;
  ASSERT_TRUE(RealFileSystem().WriteAtomic(dir / "c.yaml", "trainingInput: {x: -.inf}\n").ok());
  const auto job = ReadJobConfig(dir / "c.yaml");
  ASSERT_TRUE(job.ok());
  EXPECT_EQ(job->at("trainingInput").at("x"), "-.inf");
}

TEST_F(JobsTest, YamlThatJsonCannotSayIsRefused) {
  const TempDir dir;
  std::string bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n";
  for (char c = 'b'; c < 'k'; ++c) {
    const std::string before = std::string("*") + static_cast<char>(c - 1);
    bomb += std::string(1, c) + ": &" + c + " [" + before;
    for (int i = 0; i < 8; ++i) bomb += ", " + before;
    bomb += "]\n";
  }
  for (const std::string& yaml : {std::string("a: &a [*a]\n"), std::string("&a {b: *a}\n"), bomb,
                                  std::string("a: b\xFF\n"), std::string("a\xFF: b\n")}) {
    ASSERT_TRUE(RealFileSystem().WriteAtomic(dir / "c.yaml", yaml).ok());
    EXPECT_EQ(run_.Run({"jobs", "submit", "training", "j", "--config", dir / "c.yaml"}),
              kExitFailed);
    EXPECT_THAT(run_.err.str(), HasSubstr(dir / "c.yaml" + ", line "));
    run_.err.str("");
  }
  EXPECT_TRUE(run_.server.calls.empty());
}

TEST_F(JobsTest, ApiErrorsAreWordedAsGcloudDoes) {
  run_.server.answer = [](const net::ClientRequest&) {
    return JsonAnswer(
        R"({"error":{"code":409,"message":"Field: job.job_id Error: A job with this id already exists.",
      "status":"ALREADY_EXISTS","details":[{"@type":"t","fieldViolations":[{"field":"job.job_id",
      "description":"A job with this id already exists."}]}]}})",
        409);
  };
  EXPECT_EQ(run_.Run({"jobs", "submit", "training", "j"}), kExitFailed);
  EXPECT_EQ(run_.err.str(),
            "ERROR: (mlengine.jobs.submit.training) Resource in projects [p] is the subject of a "
            "conflict: Field: "
            "job.job_id Error: A job with this id already exists.\n"
            "- '@type': type.googleapis.com/google.rpc.BadRequest\n  fieldViolations:\n"
            "  - description: A job with this id already exists.\n    field: job.job_id\n");
}

TEST_F(JobsTest, UpdateSendsTheWholeNewMap) {
  run_.server.answer = [](const net::ClientRequest&) {
    return JsonAnswer(R"({"labels":{"a":"1","b":"2"}})");
  };
  EXPECT_EQ(run_.Run({"jobs", "update", "j", "--update-labels=c=3", "--remove-labels=a"}), 0);
  EXPECT_EQ(run_.server.calls[1].body, R"({"labels":{"b":"2","c":"3"}})");
  EXPECT_THAT(run_.server.calls[1].target, HasSubstr("/v1/projects/p/jobs/j?updateMask=labels"));
  EXPECT_EQ(run_.err.str(), "Updated ml engine job [j].\n");
}

}  // namespace
}  // namespace mlengine::cli
