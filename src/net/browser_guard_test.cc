#include "net/browser_guard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace mlengine::net {
namespace {

using ::testing::HasSubstr;
using Fields = std::vector<std::pair<std::string, std::string>>;

Status Check(const std::string& method, const Fields& fields) {
  RequestHead head;
  head.method = method;
  for (const auto& [name, value] : fields) head.headers.Add(name, value);
  return CheckSender(head);
}

TEST(BrowserGuardTest, OwnHostsAreAddressesOfThisMachineAndTheOriginals) {
  for (const char* host : {"127.0.0.1", "127.0.0.1:8650", "127.3.2.1:1", "localhost",
                           "LocalHost:8650", "[::1]", "[::1]:8650", "storage.googleapis.com",
                           "bucket.storage.GoogleAPIs.com:443", "googleapis.com"}) {
    EXPECT_TRUE(IsOwnHost(host)) << host;
  }
  for (const char* host :
       {"", ":8650", "evil.example", "evil.example:8650", "127.evil.example", "127.0.0.1.nip.io",
        "localhost.evil.example", "evilgoogleapis.com", "googleapis.com.evil.example", "[::2]",
        "[::1", "[::1]evil", "127.0.0.1:80:80", "127.0.0.1:x", "127.0.0.1@evil.example", "10.0.0.1",
        "0.0.0.0", ".googleapis.com:x"}) {
    EXPECT_FALSE(IsOwnHost(host)) << host;
  }
  EXPECT_FALSE(IsOwnHost(std::string_view("127.0.0.1\0.evil", 15)));
}

TEST(BrowserGuardTest, WhatIsNoBrowserPasses) {
  EXPECT_TRUE(Check("POST", {}).ok());
  EXPECT_TRUE(Check("POST", {{"Host", ""}}).ok());
  EXPECT_TRUE(Check("DELETE", {{"host", "storage.googleapis.com"}}).ok());
}

TEST(BrowserGuardTest, AnotherNameForThisMachineIsRefused) {
  const Status status = Check("GET", {{"Host", "evil.example:8650"}});
  EXPECT_EQ(status.code(), StatusCode::kPermissionDenied);
  EXPECT_THAT(status.message(), HasSubstr("\"evil.example:8650\""));
  EXPECT_FALSE(Check("GET", {{"Host", "localhost"}, {"HOST", "evil.example"}}).ok());
}

TEST(BrowserGuardTest, AnOriginIsOurOwnOrRefused) {
  const auto with = [](const char* host, const char* origin) {
    return Check("POST", {{"Host", host}, {"Origin", origin}});
  };
  EXPECT_TRUE(with("127.0.0.1:8650", "http://127.0.0.1:8650").ok());
  EXPECT_TRUE(with("localhost:8650", "http://LOCALHOST:8650").ok());
  EXPECT_TRUE(with("[::1]:8650", "http://[::1]:8650").ok());
  for (const char* origin :
       {"http://evil.example", "http://127.0.0.1:8651", "http://127.0.0.1", "null", "",
        "http://localhost:8650", "127.0.0.1:8650", "http://127.0.0.1:8650/"}) {
    EXPECT_EQ(with("127.0.0.1:8650", origin).code(), StatusCode::kPermissionDenied) << origin;
  }
  EXPECT_FALSE(Check("GET", {{"Origin", "http://"}}).ok());
}

TEST(BrowserGuardTest, OtherSitesPagesMayLinkToUsAndNoMore) {
  const auto with = [](const char* method, const char* site, const char* mode) {
    return Check(method,
                 {{"Host", "localhost:1"}, {"Sec-Fetch-Site", site}, {"Sec-Fetch-Mode", mode}});
  };
  EXPECT_TRUE(with("GET", "same-origin", "cors").ok());
  EXPECT_TRUE(with("POST", "same-origin", "cors").ok());
  EXPECT_TRUE(with("GET", "none", "navigate").ok());
  EXPECT_TRUE(with("GET", "cross-site", "navigate").ok());
  EXPECT_TRUE(with("GET", "same-site", "navigate").ok());
  EXPECT_FALSE(with("POST", "cross-site", "navigate").ok());
  EXPECT_FALSE(with("HEAD", "cross-site", "navigate").ok());
  EXPECT_FALSE(with("GET", "cross-site", "no-cors").ok());
  EXPECT_FALSE(with("GET", "Same-Site", "cors").ok());
  EXPECT_FALSE(Check("GET", {{"Sec-Fetch-Site", "cross-site"}}).ok());
}

}  // namespace
}  // namespace mlengine::net
