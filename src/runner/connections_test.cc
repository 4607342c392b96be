#include "runner/connections.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "base/unique_fd.h"

namespace mlengine::runner {
namespace {

constexpr char kTable[] =
    "  sl  local_address rem_address   st tx_queue rx_queue\n"
    "   0: 0100007F:6D60 00000000:0000 0A 00000000:00000000\n"
    "   1: 0100007F:6D61 0100007F:B2F4 01 00000000:00000000\n"
    "   2: 0100007F:B2F4 0100007F:6D62 06 00000000:00000000\n";

TEST(ConnectionsTest, AListenerIsNoConnection) {
  EXPECT_FALSE(HasConnection(kTable, 0x6D60));
  EXPECT_TRUE(HasConnection(kTable, 0x6D61));
  EXPECT_FALSE(HasConnection(kTable, 0x6D62)) << "somebody's own way out";
  EXPECT_FALSE(HasConnection("", 0x6D60));
}

TEST(ConnectionsTest, SeesAConnectionOfThisMachine) {
  const UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* at = reinterpret_cast<sockaddr*>(&address);
  ASSERT_EQ(::bind(listener.get(), at, size), 0);
  ASSERT_EQ(::listen(listener.get(), 1), 0);
  ASSERT_EQ(::getsockname(listener.get(), at, &size), 0);
  const int port = ntohs(address.sin_port);
  EXPECT_FALSE(IsConnectedTo(port));
  const UniqueFd caller(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::connect(caller.get(), at, size), 0);
  EXPECT_TRUE(IsConnectedTo(port));
}

}  // namespace
}  // namespace mlengine::runner
