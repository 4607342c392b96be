#include "executor/local/free_ports.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/unique_fd.h"

namespace mlengine::executor {
namespace {

using ::testing::Each;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

// A listener on a port that the kernel chooses.
std::pair<UniqueFd, int> Listen() {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  EXPECT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(::listen(fd.get(), 1), 0);
  EXPECT_EQ(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  return {std::move(fd), ntohs(address.sin_port)};
}

TEST(FreePortsTest, AreDistinctAndOfTheRange) {
  const std::vector<int> ports = FindFreePorts({28000, 31999}, 31, {}, "a");
  EXPECT_EQ(std::set<int>(ports.begin(), ports.end()).size(), 31U);
  EXPECT_THAT(ports, Each(::testing::AllOf(::testing::Ge(28000), ::testing::Le(31999))));
}

TEST(FreePortsTest, APortWithAListenerIsNotFree) {
  const auto [listener, port] = Listen();
  EXPECT_THAT(FindFreePorts({port, port}, 1, {}, ""), IsEmpty());
}

TEST(FreePortsTest, TakenOnesAreLeftOut) {
  const std::vector<int> one = FindFreePorts({28000, 31999}, 1, {}, "a");
  ASSERT_THAT(one, SizeIs(1));
  EXPECT_THAT(FindFreePorts({28000, 31999}, 8, {one[0]}, "a"),
              ::testing::AllOf(SizeIs(8), Not(::testing::Contains(one[0]))));
  EXPECT_THAT(FindFreePorts({one[0], one[0]}, 1, {one[0]}, "a"), IsEmpty());
  EXPECT_THAT(FindFreePorts({5, 4}, 1, {}, "a"), IsEmpty());
}

}  // namespace
}  // namespace mlengine::executor
