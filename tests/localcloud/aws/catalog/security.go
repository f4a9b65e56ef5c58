package catalog

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
)

// iamPath is IAM's form of a path.
var iamPath = all(length(1, 512), matching(`^/(.*/)?$`))

func securityResources() map[string]Resource {
	iamName := func(limit int) Rule { return all(length(1, limit), matching(`^[\w+=,.@-]*$`)) }
	return map[string]Resource{
		"aws:iam/role:Role": resource(iam.RoleArgs{}, iam.Role{}, Resource{
			Replace:   []string{"name", "namePrefix", "path"},
			Defaults:  map[string]any{"forceDetachPolicies": false, "maxSessionDuration": 3600, "path": "/"},
			Name:      named(64),
			Required:  []string{"assumeRolePolicy"},
			Sets:      []string{"managedPolicyArns", "inlinePolicies"},
			Documents: []string{"assumeRolePolicy", "inlinePolicies.policy"},
			Values: map[string]Rule{
				"name": iamName(64), "namePrefix": iamName(38), "path": iamPath, "description": length(0, 1000),
				"assumeRolePolicy": policyText, "inlinePolicies.policy": policyText,
				"maxSessionDuration": between(3600, 43200), "managedPolicyArns": arn("iam"), "permissionsBoundary": arn("iam"),
			},
			Groups: []Group{atMostOne("name", "namePrefix")},
		}),
		"aws:iam/rolePolicy:RolePolicy": resource(iam.RolePolicyArgs{}, iam.RolePolicy{}, Resource{
			Replace: []string{"name", "namePrefix", "role"}, Name: named(maximumName), Required: []string{"policy", "role"},
			Documents: []string{"policy"}, Values: map[string]Rule{"name": iamName(128), "policy": policyText},
			Groups: []Group{atMostOne("name", "namePrefix")},
		}),
		"aws:iam/policy:Policy": resource(iam.PolicyArgs{}, iam.Policy{}, Resource{
			Replace: []string{"name", "namePrefix", "path", "description"}, Defaults: map[string]any{"path": "/"},
			Name: named(128), Required: []string{"policy"}, Documents: []string{"policy"},
			Values: map[string]Rule{"name": iamName(128), "path": iamPath, "policy": policyText},
			Groups: []Group{atMostOne("name", "namePrefix")},
		}),
		"aws:iam/rolePolicyAttachment:RolePolicyAttachment": resource(iam.RolePolicyAttachmentArgs{},
			iam.RolePolicyAttachment{}, Resource{
				Replace: []string{"role", "policyArn"}, Required: []string{"role"},
				Values: map[string]Rule{"policyArn": arn("iam")},
			}),
		"aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive": resource(
			iam.RolePolicyAttachmentsExclusiveArgs{}, iam.RolePolicyAttachmentsExclusive{}, Resource{
				Replace: []string{"roleName"}, Required: []string{"policyArns"}, Sets: []string{"policyArns"},
				// None is how a role is kept without managed policies.
				MayBeEmpty: []string{"policyArns"}, Values: map[string]Rule{"policyArns": arn("iam")},
			}),
		"aws:iam/instanceProfile:InstanceProfile": resource(iam.InstanceProfileArgs{}, iam.InstanceProfile{}, Resource{
			Replace: []string{"name", "namePrefix", "path"}, Defaults: map[string]any{"path": "/"}, Name: named(maximumName),
			Values: map[string]Rule{"name": iamName(128), "path": iamPath},
			Groups: []Group{atMostOne("name", "namePrefix")},
		}),
		"aws:iam/openIdConnectProvider:OpenIdConnectProvider": resource(iam.OpenIdConnectProviderArgs{},
			iam.OpenIdConnectProvider{}, Resource{
				Replace: []string{"url"}, Required: []string{"clientIdLists"}, Sets: []string{"clientIdLists"},
				Values: map[string]Rule{
					"url": issuerURL, "clientIdLists": length(1, 255), "thumbprintLists": matching(`^[0-9a-fA-F]{40}$`),
				},
			}),
		"aws:kms/key:Key": resource(kms.KeyArgs{}, kms.Key{}, Resource{
			Replace: []string{"customKeyStoreId", "customerMasterKeySpec", "keyUsage", "multiRegion", "xksKeyId"},
			Defaults: map[string]any{
				"bypassPolicyLockoutSafetyCheck": false, "customerMasterKeySpec": "SYMMETRIC_DEFAULT",
				"enableKeyRotation": false, "isEnabled": true, "keyUsage": "ENCRYPT_DECRYPT",
			},
			Documents: []string{"policy"},
			Values: map[string]Rule{
				"deletionWindowInDays": between(7, 30), "rotationPeriodInDays": between(90, 2560),
				"description": length(0, 8192), "keyUsage": oneOf("ENCRYPT_DECRYPT", "SIGN_VERIFY", "GENERATE_VERIFY_MAC",
					"KEY_AGREEMENT"),
				"customerMasterKeySpec": oneOf("SYMMETRIC_DEFAULT", "RSA_2048", "RSA_3072", "RSA_4096", "ECC_NIST_P256",
					"ECC_NIST_P384", "ECC_NIST_P521", "ECC_SECG_P256K1", "HMAC_224", "HMAC_256", "HMAC_384", "HMAC_512"),
			},
			NotSimulated: []string{"customKeyStoreId", "multiRegion", "xksKeyId"},
		}),
		"aws:kms/alias:Alias": resource(kms.AliasArgs{}, kms.Alias{}, Resource{
			Replace: []string{"name", "namePrefix"}, Name: named(maximumName),
			Values: map[string]Rule{
				"name":       all(length(1, 256), matching(`^alias/[0-9A-Za-z_/-]+$`), notPrefixed("alias/aws/")),
				"namePrefix": all(length(1, 230), matching(`^alias/[0-9A-Za-z_/-]+$`), notPrefixed("alias/aws/")),
			},
			Groups: []Group{atMostOne("name", "namePrefix")},
		}),
		"aws:cloudwatch/logGroup:LogGroup": resource(cloudwatch.LogGroupArgs{}, cloudwatch.LogGroup{}, Resource{
			Replace:  []string{"name", "namePrefix", "logGroupClass"},
			Defaults: map[string]any{"retentionInDays": 0, "skipDestroy": false},
			Name:     named(maximumName),
			Values: map[string]Rule{
				"name": all(length(1, 512), matching(`^[A-Za-z0-9_./#-]+$`), notPrefixed("aws/")),
				"retentionInDays": numberOf(0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192,
					2557, 2922, 3288, 3653),
				"kmsKeyId": arn("kms"), "logGroupClass": oneOf("STANDARD", "INFREQUENT_ACCESS", "DELIVERY"),
			},
			Groups: []Group{atMostOne("name", "namePrefix")},
		}),
	}
}
