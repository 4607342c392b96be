// The doors over a real server on loopback.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "base/testing/fake_clock.h"
#include "base/testing/temp_dir.h"
#include "net/client.h"
#include "net/server.h"
#include "objects/file_object_store.h"
#include "storage_api/routes.h"

namespace mlengine::storage_api {
namespace {

using ::testing::HasSubstr;

class StorageApiTest : public ::testing::Test {
 protected:
  StorageApiTest() {
    auto store = objects::OpenFileObjectStore(dir_ / "buckets", clock_);
    EXPECT_TRUE(store.ok());
    store_ = *std::move(store);
    objects::Bucket bucket;
    bucket.name = "bkt";
    EXPECT_TRUE(store_->CreateBucket(bucket).ok());
    Start();
  }
  ~StorageApiTest() override { server_->Stop(std::chrono::milliseconds(0)); }

  void Start() {
    if (server_ != nullptr) server_->Stop(std::chrono::milliseconds(0));
    net::Router router;
    RegisterStorage(router, {store_.get(), &clock_, [this](std::uint64_t) { return accept_; },
                             dir_ / "uploads"});
    net::ServerOptions options;
    options.listen = {"127.0.0.1:0"};
    options.worker_threads = 4;
    options.error_body = [](const Status& status) { return status.ToString(); };
    auto server = net::Server::Listen(options, std::move(router));
    ASSERT_TRUE(server.ok()) << server.status().ToString();
    server_ = *std::move(server);
    server_->Start();
    origin_ = "http://" + server_->addresses()[0];
  }

  net::ClientResponse Call(const std::string& method, const std::string& target,
                           const std::string& body = "",
                           const std::vector<std::pair<std::string, std::string>>& headers = {}) {
    auto client = net::Client::Create(origin_);
    net::ClientRequest request;
    request.method = method;
    request.target = target;
    request.body = body;
    for (const auto& [name, value] : headers) request.headers.Add(name, value);
    auto response = (*client)->Call(request);
    EXPECT_TRUE(response.ok()) << response.status().ToString();
    return response.ok() ? *std::move(response) : net::ClientResponse{};
  }
  net::ClientResponse Upload(const std::string& name, const std::string& bytes,
                             const std::string& more = "") {
    return Call("POST", "/upload/storage/v1/b/bkt/o?uploadType=media&name=" + name + more, bytes,
                {{"Content-Type", "text/plain"}});
  }
  static boost::json::object Json(const net::ClientResponse& response) {
    boost::json::error_code error;
    const auto value = boost::json::parse(response.body, error);
    EXPECT_TRUE(!error && value.is_object()) << response.body;
    return value.is_object() ? value.get_object() : boost::json::object();
  }
  static std::string Reason(const net::ClientResponse& response) {
    const auto error = Json(response).at("error").as_object();
    EXPECT_EQ(error.at("code").as_int64(), response.status);
    return std::string(error.at("errors").at(0).at("reason").as_string());
  }
  std::string Media(const std::string& name) { return Call("GET", "/bkt/" + name).body; }
  // The session's target, without the origin.
  std::string StartSession(const std::string& query, const std::string& body = "",
                           const std::vector<std::pair<std::string, std::string>>& headers = {}) {
    const auto response = Call(
        "POST", "/resumable/upload/storage/v1/b/bkt/o?uploadType=resumable" + query, body, headers);
    EXPECT_EQ(response.status, 200) << response.body;
    const std::string location(response.headers.Get("Location").value_or(""));
    EXPECT_TRUE(location.starts_with(origin_ + "/resumable/upload/storage/v1/b/bkt/o?"))
        << location;
    return location.substr(std::min(origin_.size(), location.size()));
  }
  net::ClientResponse Piece(const std::string& session, const std::string& range,
                            const std::string& bytes = "") {
    return Call("PUT", session, bytes, {{"Content-Range", range}});
  }

  TempDir dir_;
  FakeClock clock_;
  Status accept_;
  std::unique_ptr<objects::ObjectStore> store_;
  std::unique_ptr<net::Server> server_;
  std::string origin_;
};

TEST_F(StorageApiTest, AnErrorIsJsonWhateverBytesItNames) {
  const auto response = Call("GET", "/storage/v1/b/b%FFd/o?alt=json");
  EXPECT_EQ(response.status / 100, 4);
  EXPECT_THAT(std::string(Json(response).at("error").at("message").as_string()),
              HasSubstr("\xEF\xBF\xBD"));
}

TEST_F(StorageApiTest, WhatGoesOutAsAHeaderIsOneLineOfUtf8) {
  for (const char* more : {"&contentEncoding=a%0D%0AX-Evil:b", "&contentEncoding=%FF"}) {
    EXPECT_EQ(Upload("n", "hello", more).status, 400) << more;
    EXPECT_EQ(
        Call("POST",
             std::string("/resumable/upload/storage/v1/b/bkt/o?uploadType=resumable&name=n") + more)
            .status,
        400)
        << more;
  }
  const std::string part = "--b\r\n\r\n{}\r\n--b\r\nContent-Type: a\xBF\r\n\r\nx\r\n--b--";
  EXPECT_EQ(Call("POST", "/upload/storage/v1/b/bkt/o?uploadType=multipart&name=n", part,
                 {{"Content-Type", "multipart/related; boundary=b"}})
                .status,
            400);
  EXPECT_EQ(Call("GET", "/storage/v1/b/bkt/o/n").status, 404);
  EXPECT_EQ(Call("POST", "/storage/v1/b?project=%FF", "{\"name\":\"other\"}").status, 400);
}

TEST_F(StorageApiTest, Buckets) {
  const auto made = Call("POST", "/storage/v1/b?project=p&enableObjectRetention=False",
                         R"({"location": "us-central1", "name": "jybaek_cloudml_test"})");
  EXPECT_EQ(made.status, 200) << made.body;
  EXPECT_EQ(Json(made).at("location"), "US-CENTRAL1");
  EXPECT_EQ(Json(made).at("timeCreated"), "2018-01-02T03:04:05.000Z");
  EXPECT_EQ(Reason(Call("POST", "/storage/v1/b?project=p", R"({"name":"bkt"})")), "conflict");
  EXPECT_EQ(Call("POST", "/storage/v1/b?project=p", R"({"name":"healthz"})").status, 400);
  EXPECT_EQ(Call("POST", "/storage/v1/b?project=p", R"({"name":)").status, 400);
  EXPECT_EQ(Call("POST", "/storage/v1/b?project=p", "{}").status, 400);
  EXPECT_EQ(
      Call("GET", "/storage/v1/b?project=p&fields=items/name,nextPageToken&maxResults=1").body,
      R"({"nextPageToken":"Ymt0","items":[{"name":"bkt"}]})");
  EXPECT_EQ(Call("GET", "/storage/v1/b?project=p&fields=items/name&pageToken=Ymt0").body,
            R"({"items":[{"name":"jybaek_cloudml_test"}]})");
  EXPECT_EQ(Call("GET", "/storage/v1/b/bkt/storageLayout").status, 200);
  EXPECT_EQ(Upload("x", "1").status, 200);
  EXPECT_EQ(Call("DELETE", "/storage/v1/b/bkt").status, 409);
  EXPECT_EQ(Call("DELETE", "/storage/v1/b/jybaek_cloudml_test").status, 204);
  EXPECT_EQ(Reason(Call("GET", "/storage/v1/b/jybaek_cloudml_test")), "notFound");
}

TEST_F(StorageApiTest, AnObjectsResourceHasAllMembers) {
  const auto put = Upload("a%2Fb", "hello world");
  ASSERT_EQ(put.status, 200) << put.body;
  const std::string generation(Json(put).at("generation").as_string());
  const auto got = Call("GET", "/storage/v1/b/bkt/o/a%2Fb?projection=noAcl");
  boost::json::object wanted{
      {"kind", "storage#object"},
      {"id", "bkt/a/b/" + generation},
      {"selfLink", origin_ + "/storage/v1/b/bkt/o/a%2Fb"},
      {"mediaLink",
       origin_ + "/download/storage/v1/b/bkt/o/a%2Fb?generation=" + generation + "&alt=media"},
      {"name", "a/b"},
      {"bucket", "bkt"},
      {"generation", generation},
      {"metageneration", "1"},
      {"contentType", "text/plain"},
      {"storageClass", "STANDARD"},
      {"size", "11"},
      {"md5Hash", "XrY7u+Ae7tCTyyK7j1rNww=="},
      {"crc32c", "yZRlqg=="},
      {"etag", Json(got).at("etag")},
      {"timeCreated", "2018-01-02T03:04:05.000Z"},
      {"updated", "2018-01-02T03:04:05.000Z"}};
  EXPECT_EQ(Json(got), wanted);
  EXPECT_EQ(Json(put), wanted);
  EXPECT_EQ(Call("GET", "/storage/v1/b/bkt/o/a%2Fb?fields=bucket,name,size").body,
            R"({"name":"a/b","bucket":"bkt","size":"11"})");
}

TEST_F(StorageApiTest, DownloadsEverywhereWithRanges) {
  Upload("a%2Fb", "hello world");
  for (const std::string path : {"/bkt/a/b", "/bkt/a%2Fb", "/storage/v1/b/bkt/o/a%2Fb?alt=media",
                                 "/download/storage/v1/b/bkt/o/a%2Fb?alt=media"}) {
    const auto whole = Call("GET", path);
    EXPECT_EQ(whole.status, 200);
    EXPECT_EQ(whole.body, "hello world");
    EXPECT_EQ(whole.headers.Get("x-goog-hash"), "crc32c=yZRlqg==,md5=XrY7u+Ae7tCTyyK7j1rNww==");
    EXPECT_EQ(whole.headers.Get("Content-Type"), "text/plain");
    const auto part = Call("GET", path, "", {{"Range", "bytes=6-100"}});
    EXPECT_EQ(part.status, 206);
    EXPECT_EQ(part.body, "world");
    EXPECT_EQ(part.headers.Get("Content-Range"), "bytes 6-10/11");
    const auto beyond = Call("GET", path, "", {{"Range", "bytes=11-"}});
    EXPECT_EQ(beyond.status, 416);
    EXPECT_EQ(beyond.headers.Get("Content-Range"), "bytes */11");
    const auto head = Call("HEAD", path);
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.headers.Get("Content-Length"), "11");
    EXPECT_EQ(head.headers.Get("x-goog-stored-content-length"), "11");
    EXPECT_EQ(head.body, "");
  }
  EXPECT_EQ(Reason(Call("GET", "/bkt/none")), "notFound");
  EXPECT_EQ(Reason(Call("GET", "/v1/anything")), "notFound");
  EXPECT_EQ(Call("GET", "/bkt/a/b?generation=5").status, 404);
  EXPECT_EQ(Call("GET", "/bkt/a/b?generation=x").status, 400);
  EXPECT_EQ(Call("GET", "/storage/v1/b/bkt/o/a%2Fb?ifGenerationMatch=5").status, 412);
}

TEST_F(StorageApiTest, AnObjectNeverRunsAsAPageOfTheServer) {
  Call("POST", "/upload/storage/v1/b/bkt/o?uploadType=media&name=page", "<script>1</script>",
       {{"Content-Type", "text/html"}});
  for (const std::string path : {"/bkt/page", "/storage/v1/b/bkt/o/page?alt=media",
                                 "/download/storage/v1/b/bkt/o/page?alt=media"}) {
    const auto page = Call("GET", path);
    EXPECT_EQ(page.headers.Get("Content-Type"), "text/html");
    EXPECT_EQ(page.headers.Get("Content-Security-Policy"), "sandbox") << path;
    EXPECT_EQ(page.headers.Get("X-Content-Type-Options"), "nosniff") << path;
  }
}

TEST_F(StorageApiTest, Lists) {
  for (const std::string name : {"d%2F1", "d%2F", "d%2Fe%2F2", "f"}) Upload(name, "x");
  EXPECT_EQ(Call("GET", "/storage/v1/b/bkt/o?delimiter=/&fields=prefixes,items/name").body,
            R"({"prefixes":["d/"],"items":[{"name":"f"}]})");
  EXPECT_EQ(Call("GET",
                 "/storage/v1/b/bkt/o?delimiter=%2F&prefix=d%2F&includeFoldersAsPrefixes=True&"
                 "fields=prefixes,items(name)")
                .body,
            R"({"prefixes":["d/e/"],"items":[{"name":"d/"},{"name":"d/1"}]})");
  const auto page = Json(Call("GET", "/storage/v1/b/bkt/o?maxResults=3"));
  EXPECT_EQ(page.at("items").as_array().size(), 3U);
  const std::string token(page.at("nextPageToken").as_string());
  EXPECT_EQ(Call("GET", "/storage/v1/b/bkt/o?fields=items/name&pageToken=" + token).body,
            R"({"items":[{"name":"f"}]})");
  EXPECT_EQ(Call("GET", "/storage/v1/b/bkt/o?prefix=none").body, R"({"kind":"storage#objects"})");
  for (const std::string bad : {"maxResults=x", "maxResults=0", "pageToken=!", "fields=(",
                                "includeTrailingDelimiter=maybe"}) {
    EXPECT_EQ(Call("GET", "/storage/v1/b/bkt/o?" + bad).status, 400) << bad;
  }
  EXPECT_EQ(Call("GET", "/storage/v1/b/bkt/o?matchGlob=*").status, 501);
}

// What TensorFlow's plug-in for gs:// does, and needs: docs/adr/tensorflow-on-gs.md.
TEST_F(StorageApiTest, TensorFlowMakesFoldersAndListsAllPages) {
  const std::vector<std::pair<std::string, std::string>> plugin = {
      {"User-Agent", "gcloud-cpp/v1.21.0+ libcurl/8.4.0"}};
  auto with_condition = plugin;
  with_condition.emplace_back("x-goog-if-generation-match", "0");
  with_condition.emplace_back("x-goog-hash", "crc32c=AAAAAA==");
  const auto made = Call("PUT", "/bkt/job%2F", "", with_condition);
  EXPECT_EQ(made.status, 200);
  EXPECT_EQ(made.body, "");
  EXPECT_EQ(Call("PUT", "/bkt/job%2F", "", with_condition).status, 412);
  EXPECT_EQ(Json(Call("GET", "/storage/v1/b/bkt/o/job%2F")).at("size"), "0");
  EXPECT_EQ(Call("PUT", "/nobucket/x", "1", plugin).status, 404);
  EXPECT_EQ(Call("PUT", "/bkt/job%2Fa", "1", plugin).status, 200);

  const std::string page =
      "/storage/v1/b/bkt/o?fields=items%28name%29%2Cprefixes&delimiter=&pageToken=&maxResults=1";
  EXPECT_TRUE(Json(Call("GET", page, "", plugin)).contains("nextPageToken"));
  EXPECT_FALSE(Json(Call("GET", page)).contains("nextPageToken"));
}

TEST_F(StorageApiTest, ConditionsAndHashesGuardUploads) {
  EXPECT_EQ(Upload("dir%2F", "", "&ifGenerationMatch=0").status, 200);
  EXPECT_EQ(Reason(Upload("dir%2F", "", "&ifGenerationMatch=0")), "conditionNotMet");
  const auto wrong = Call("POST", "/upload/storage/v1/b/bkt/o?uploadType=media&name=h", "hello",
                          {{"x-goog-hash", "crc32c=AAAAAA==,md5=XrY7u+Ae7tCTyyK7j1rNww=="}});
  EXPECT_EQ(wrong.status, 400);
  EXPECT_THAT(wrong.body, HasSubstr("doesn't match calculated CRC32C"));
  EXPECT_EQ(Call("GET", "/bkt/h").status, 404);
  const auto unknown = Call("POST", "/upload/storage/v1/b/none/o?uploadType=media&name=h", "hello");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_THAT(unknown.body, HasSubstr("mlengine storage mb gs://none"));
  EXPECT_EQ(Call("POST", "/upload/storage/v1/b/bkt/o?uploadType=media", "x").status, 400);
  EXPECT_EQ(Call("POST", "/upload/storage/v1/b/bkt/o?uploadType=odd&name=x", "x").status, 400);
  accept_ = ResourceExhaustedError("the disk is nearly full");
  EXPECT_EQ(Upload("late", "x").status, 429);
}

TEST_F(StorageApiTest, MultipartAsGcloudSendsIt) {
  const std::string type = "multipart/related; boundary='===============1=='";
  const auto body = [](const std::string& resource, const std::string& data) {
    return "--===============1==\nContent-Type: application/json\nMIME-Version: 1.0\n\n" +
           resource +
           "\n--===============1==\nContent-Type: application/x-tar\nMIME-Version: 1.0\n"
           "Content-Transfer-Encoding: binary\n\n" +
           data + "\n--===============1==--";
  };
  std::string data;
  for (int i = 0; i < 700'000; ++i) data += static_cast<char>(i % 251);
  const auto put =
      Call("POST", "/upload/storage/v1/b/bkt/o?alt=json&name=p%2Ft.tar.gz&uploadType=multipart",
           body(R"({"size": "700000"})", data), {{"content-type", type}});
  ASSERT_EQ(put.status, 200) << put.body;
  EXPECT_EQ(Json(put).at("contentType"), "application/x-tar");
  EXPECT_EQ(Media("p/t.tar.gz"), data);
  const auto named = Call("POST", "/upload/storage/v1/b/bkt/o?uploadType=multipart",
                          body(R"({"bucket":"bkt","name":"n","contentType":"a/b"})", "\r"),
                          {{"content-type", type}});
  EXPECT_EQ(Json(named).at("contentType"), "a/b");
  EXPECT_EQ(Media("n"), "\r");
  for (const std::string& bad : {body("{", "x"), body("{}", "x"), body(R"({"name":7})", "x"),
                                 std::string("--nothing"), std::string()}) {
    EXPECT_EQ(Call("POST", "/upload/storage/v1/b/bkt/o?uploadType=multipart", bad,
                   {{"content-type", type}})
                  .status,
              400);
  }
}

TEST_F(StorageApiTest, ResumesAcrossARestart) {
  const std::string session = StartSession("&name=r", "{}", {{"X-Upload-Content-Type", "a/b"}});
  EXPECT_EQ(Piece(session, "bytes */11").status, 308);
  EXPECT_FALSE(Piece(session, "bytes */11").headers.Get("Range"));
  const auto first = Piece(session, "bytes 0-5/11", "hello ");
  EXPECT_EQ(first.status, 308);
  EXPECT_EQ(first.headers.Get("Range"), "bytes=0-5");
  Start();
  EXPECT_EQ(Piece(session, "bytes */11").headers.Get("Range"), "bytes=0-5");
  // Behind what is there: not taken. Partly known: only the rest is.
  EXPECT_EQ(Piece(session, "bytes 8-10/11", "rld").headers.Get("Range"), "bytes=0-5");
  EXPECT_EQ(Piece(session, "bytes 4-7/11", "o wo").headers.Get("Range"), "bytes=0-7");
  EXPECT_EQ(Piece(session, "bytes 8-10/12", "rld").status, 308);
  const auto last = Piece(session, "bytes */11");
  EXPECT_EQ(last.status, 200) << last.body;
  EXPECT_EQ(Json(last).at("contentType"), "a/b");
  EXPECT_EQ(Media("r"), "hello world");
  EXPECT_EQ(Json(Piece(session, "bytes 8-10/11", "rld")), Json(last));  // the answer was lost
}

TEST_F(StorageApiTest, ResumableInAllItsForms) {
  EXPECT_EQ(Piece(StartSession("&name=whole"), "bytes 0-2/3", "abc").status, 200);
  EXPECT_EQ(Call("PUT", StartSession("&name=plain"), "abc").status, 200);
  EXPECT_EQ(Call("PUT", StartSession("&name=none"), "").status, 200);
  EXPECT_EQ(Piece(StartSession("", R"({"name":"zero"})"), "bytes */0").status, 200);
  const std::string open = StartSession("&name=open");
  EXPECT_EQ(Piece(open, "bytes 0-1/*", "ab").status, 308);
  EXPECT_EQ(Call("POST", open, "c", {{"Content-Range", "bytes 2-2/3"}}).status, 200);
  EXPECT_EQ(Media("whole") + Media("plain") + Media("none") + Media("zero") + Media("open"),
            "abcabcabc");
  const std::string announced = StartSession("&name=x", "", {{"X-Upload-Content-Length", "3"}});
  EXPECT_EQ(Piece(announced, "bytes 0-1/4", "ab").status, 400);
  EXPECT_EQ(Piece(announced, "bytes 0-3/*", "abcd").status, 400);
  EXPECT_EQ(Piece(announced, "bytes nonsense", "ab").status, 400);
  EXPECT_EQ(Piece(announced, "bytes 0-2/3", "ab").status, 400);
  EXPECT_EQ(Piece(announced, "bytes */3").headers.Get("Range"), "bytes=0-1");
  EXPECT_EQ(Call("DELETE", announced).status, 499);
  EXPECT_EQ(Piece(announced, "bytes */3").status, 404);
  EXPECT_EQ(Call("PUT", "/upload/storage/v1/b/bkt/o?uploadType=resumable", "x").status, 400);
}

TEST_F(StorageApiTest, ResumableUploadsFailEarlyAndWhole) {
  Upload("there", "x");
  const std::string path = "/upload/storage/v1/b/bkt/o?uploadType=resumable";
  EXPECT_EQ(Call("POST", path + "&name=there&ifGenerationMatch=0").status, 412);
  EXPECT_EQ(Call("POST", path).status, 400);
  EXPECT_EQ(Call("POST", path + "&name=x", "[").status, 400);
  EXPECT_EQ(Call("POST", "/upload/storage/v1/b/none/o?uploadType=resumable&name=x").status, 404);
  const std::string session = StartSession("&name=h", R"({"crc32c":"AAAAAA=="})");
  EXPECT_EQ(Piece(session, "bytes 0-4/5", "hello").status, 400);
  EXPECT_EQ(Call("GET", "/bkt/h").status, 404);
}

TEST_F(StorageApiTest, CopiesAndComposes) {
  Upload("a%2F1", "one,");
  Upload("a%2F2", "two");
  const auto rewrite = Json(Call("POST", "/storage/v1/b/bkt/o/a%2F1/rewriteTo/b/bkt/o/c%2F1"));
  EXPECT_EQ(rewrite.at("done"), true);
  EXPECT_EQ(rewrite.at("totalBytesRewritten"), "4");
  EXPECT_EQ(rewrite.at("resource").at("contentType"), "text/plain");
  EXPECT_EQ(
      Json(Call("POST", "/storage/v1/b/bkt/o/a%2F1/copyTo/b/bkt/o/c2", R"({"metadata":{"k":"v"}})"))
          .at("metadata")
          .at("k"),
      "v");
  const auto composed =
      Call("POST", "/storage/v1/b/bkt/o/a%2F1/compose",
           "{'sourceObjects': [{'name': 'a/1','objectPrecondition':"
           "{'ifGenerationMatch':" +
               std::to_string(store_->Get("bkt", "a/1")->generation) + "}},{'name': 'a/2'}]}");
  ASSERT_EQ(composed.status, 200) << composed.body;
  EXPECT_EQ(Json(composed).at("componentCount"), 2);
  EXPECT_FALSE(Json(composed).contains("md5Hash"));
  EXPECT_EQ(Media("a/1"), "one,two");
  for (const std::string bad :
       {"{}", R"({"sourceObjects":[]})", R"({"sourceObjects":[{}]})", R"({"sourceObjects":[5]})"}) {
    EXPECT_EQ(Call("POST", "/storage/v1/b/bkt/o/z/compose", bad).status, 400) << bad;
  }
  EXPECT_EQ(
      Call("POST", "/storage/v1/b/bkt/o/z/compose",
           R"({"sourceObjects":[{"name":"a/2","objectPreconditions":{"ifGenerationMatch":1}}]})")
          .status,
      412);
  EXPECT_EQ(Call("POST", "/storage/v1/b/bkt/o/none/rewriteTo/b/bkt/o/x").status, 404);
}

TEST_F(StorageApiTest, PatchesAndDeletes) {
  Upload("m", "x");
  const auto patched = Json(Call("PATCH", "/storage/v1/b/bkt/o/m",
                                 R"({"cacheControl":"no-store","metadata":{"k":"v"}})"));
  EXPECT_EQ(patched.at("metageneration"), "2");
  EXPECT_EQ(patched.at("contentType"), "text/plain");
  EXPECT_EQ(Call("GET", "/bkt/m").headers.Get("Cache-Control"), "no-store");
  const auto updated = Json(Call("PUT", "/storage/v1/b/bkt/o/m", R"({"contentType":"a/b"})"));
  EXPECT_FALSE(updated.contains("metadata"));
  EXPECT_EQ(Call("PATCH", "/storage/v1/b/bkt/o/m?ifMetagenerationMatch=1", "{}").status, 412);
  EXPECT_EQ(Call("PATCH", "/storage/v1/b/bkt/o/m", R"({"metadata":7})").status, 400);
  EXPECT_EQ(Call("DELETE", "/storage/v1/b/bkt/o/m?generation=5").status, 404);
  EXPECT_EQ(Call("DELETE", "/storage/v1/b/bkt/o/m?ifGenerationMatch=5").status, 412);
  EXPECT_EQ(Call("DELETE", "/storage/v1/b/bkt/o/m").status, 204);
  EXPECT_EQ(Call("DELETE", "/storage/v1/b/bkt/o/m").status, 404);
}

}  // namespace
}  // namespace mlengine::storage_api
