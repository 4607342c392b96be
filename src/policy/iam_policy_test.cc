#include "policy/iam_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlengine::policy {
namespace {

using ::testing::HasSubstr;

ml::v1::IamPolicy Policy(const std::string& role, const std::string& member) {
  ml::v1::IamPolicy policy;
  policy.add_bindings()->set_role(role);
  policy.mutable_bindings(0)->add_members(member);
  return policy;
}

TEST(IamPolicyTest, RolesAndMembersHaveTheirForm) {
  for (const char* member : {"user:a@b.c", "allUsers", "serviceAccount:x@y", "domain:example.com"})
    EXPECT_TRUE(ValidatePolicy(Policy("roles/ml.modelUser", member)).ok()) << member;
  const Status status = ValidatePolicy(Policy("owner", "user:"));
  ASSERT_EQ(status.violations().size(), 2U);
  EXPECT_EQ(status.violations()[0].field, "policy.bindings[0].role");
  EXPECT_EQ(status.violations()[1].field, "policy.bindings[0].members[0]");
}

TEST(IamPolicyTest, AConditionNeedsVersion3AndMembersAreBounded) {
  ml::v1::IamPolicy policy = Policy("roles/viewer", "allUsers");
  policy.mutable_bindings(0)->mutable_condition()->set_expression("true");
  EXPECT_THAT(ValidatePolicy(policy).message(), HasSubstr("must have version 3"));
  policy.set_version(3);
  EXPECT_TRUE(ValidatePolicy(policy).ok());
  policy.set_version(2);
  EXPECT_THAT(ValidatePolicy(policy).message(), HasSubstr("0, 1 or 3"));
  policy.set_version(3);
  for (int i = 0; i < 1500; ++i) policy.mutable_bindings(0)->add_members("allUsers");
  EXPECT_THAT(ValidatePolicy(policy).message(), HasSubstr("At most 1500 members"));
}

TEST(IamPolicyTest, TheMaskSaysWhatIsSet) {
  ml::v1::IamPolicy old = Policy("roles/viewer", "allUsers");
  old.add_audit_configs()->set_service("ml");
  ml::v1::IamSetIamPolicyRequest request;
  *request.mutable_policy() = Policy("roles/editor", "user:a@b.c");
  EXPECT_EQ(ApplyPolicy(old, request)->bindings(0).role(), "roles/editor");
  EXPECT_EQ(ApplyPolicy(old, request)->audit_configs_size(), 1);
  request.mutable_update_mask()->add_paths("audit_configs");
  request.mutable_update_mask()->add_paths("etag");
  EXPECT_EQ(ApplyPolicy(old, request)->bindings(0).role(), "roles/viewer");
  EXPECT_EQ(ApplyPolicy(old, request)->audit_configs_size(), 0);
  request.mutable_update_mask()->add_paths("colour");
  EXPECT_EQ(ApplyPolicy(old, request).status().code(), StatusCode::kInvalidArgument);
}

TEST(IamPolicyTest, PermissionsHaveNoWildcards) {
  ml::v1::IamTestIamPermissionsRequest request;
  request.add_permissions("ml.models.get");
  EXPECT_TRUE(ValidatePermissions(request).ok());
  request.add_permissions("ml.*");
  request.add_permissions("ml");
  EXPECT_EQ(ValidatePermissions(request).violations().size(), 2U);
}

}  // namespace
}  // namespace mlengine::policy
