// Records as earlier servers wrote them (testdata) are read for ever.
#include "objects/object_record.h"

#include <gtest/gtest.h>

#include "base/digest.h"
#include "base/file_system.h"
#include "base/testing/source_tree.h"
#include "objects/bucket_record.h"

namespace mlengine::objects {
namespace {

std::string Stored(const std::string& name) {
  return RealFileSystem().Read(SourceTree() + "/src/objects/testdata/" + name).value_or("");
}

TEST(OldRecordsTest, ReadsAnObjectRecordOfVersion1) {
  const Result<ObjectRecord> record = DecodeRecord(Stored("object-record-v1.json"));
  ASSERT_TRUE(record.ok()) << record.status().ToString();
  EXPECT_EQ(record->size, 380U);
  EXPECT_EQ(record->mtime_ns, 1795541159381182527);
  EXPECT_EQ(record->generation, 1795541159401745);
  EXPECT_EQ(record->metageneration, 1);
  EXPECT_EQ(ToUnixNanos(record->created), 1795541159401745585);
  EXPECT_EQ(record->crc32c, 3223750523U);
  EXPECT_EQ(Base64Encode(record->md5), "/OvbBgArJNkpA/+NxNooeQ==");
  EXPECT_EQ(record->metadata.content_type, "application/octet-stream");
}

TEST(OldRecordsTest, ReadsABucketOfVersion1) {
  const Result<Bucket> bucket = DecodeBucket(Stored("bucket-v1.json"));
  ASSERT_TRUE(bucket.ok()) << bucket.status().ToString();
  EXPECT_EQ(bucket->project, "default");
  EXPECT_EQ(bucket->location, "US-CENTRAL1");
  EXPECT_EQ(bucket->storage_class, "STANDARD");
}

}  // namespace
}  // namespace mlengine::objects
