#include "engine_api/log_pieces.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/testing/fake_clock.h"
#include "base/testing/temp_dir.h"
#include "logs/file_log_store.h"

namespace mlengine::engine_api {
namespace {

const logs::JobRef kJob{"p", "j"};

class LogPiecesTest : public ::testing::Test {
 protected:
  LogPiecesTest() {
    store_ = *logs::FileLogStore::Open({dir_.path(), false}, RealFileSystem(), clock_);
  }
  void Write(std::string_view bytes) {
    ASSERT_TRUE(store_->AttachSpools(kJob, {{{}, dir_ / "spool"}}).ok());
    std::ofstream(dir_ / "spool", std::ios::app) << bytes;
    store_->PumpAll();
  }
  static std::shared_ptr<const LogPiece> Get(LogPieces& pieces, const LogPlace& place,
                                             PieceForm form = PieceForm::kLines,
                                             bool ended = false) {
    return *pieces.Next(kJob, place, form, ended);
  }

  TempDir dir_;
  FakeClock clock_;
  std::unique_ptr<logs::FileLogStore> store_;
};

TEST_F(LogPiecesTest, WhoStandsAtTheSamePlaceSharesOnePiece) {
  LogPieces pieces(*store_);
  Write("one\ntwo\n");
  const auto first = Get(pieces, {});
  EXPECT_EQ(Get(pieces, {}), first);
  Write("three\n");
  EXPECT_EQ(Get(pieces, {}), first);  // still true; what follows is the next piece
  const LogPlace behind{.after_stamp_ns = *first->reached};
  const auto second = Get(pieces, behind);
  EXPECT_NE(second->bytes.find("three"), std::string::npos);
  EXPECT_EQ(second->bytes.find("two"), std::string::npos);
  EXPECT_EQ(Get(pieces, behind), second);
  EXPECT_NE(Get(pieces, {}, PieceForm::kEvents), first);
  EXPECT_NE(Get(pieces, {.task_names = {"service"}}), first);
}

TEST_F(LogPiecesTest, WhereThereIsNothingYetNothingIsKept) {
  LogPieces pieces(*store_);
  EXPECT_FALSE(Get(pieces, {})->reached);
  Write("one\n");
  EXPECT_TRUE(Get(pieces, {})->reached);
}

TEST_F(LogPiecesTest, AnEndedLogIsReadAnewForItMayBeRemoved) {
  LogPieces pieces(*store_);
  Write("one\n");
  ASSERT_FALSE(Get(pieces, {})->bytes.empty());
  ASSERT_TRUE(store_->CloseStream(kJob, {}, 4).ok());
  ASSERT_TRUE(store_->EndLog(kJob, 0, {}).ok());
  ASSERT_TRUE(store_->Retire(kJob, {"its time is over.", false}).ok());
  const auto piece = Get(pieces, {}, PieceForm::kLines, true);
  EXPECT_EQ(piece->bytes.find("\"message\":\"one\""), std::string::npos);
  EXPECT_NE(piece->bytes.find("its time is over."), std::string::npos);
}

TEST_F(LogPiecesTest, WhatIsKeptIsBounded) {
  LogPieces pieces(*store_, 2000);
  Write("one\n");
  const auto first = Get(pieces, {});
  Write("two\n");
  ASSERT_EQ(Get(pieces, {}), first);
  LogPlace place{.after_stamp_ns = *first->reached};
  for (int i = 0; i < 10; ++i) {
    Write("more\n");
    place.after_stamp_ns = *Get(pieces, place)->reached;
  }
  const auto again = Get(pieces, {});
  EXPECT_NE(again, first);  // made anew, and now with all that came since
  EXPECT_NE(again->bytes.find("more"), std::string::npos);
}

}  // namespace
}  // namespace mlengine::engine_api
