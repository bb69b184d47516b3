import { globSync } from "node:fs";
import { join } from "node:path";
import { type Client, containerCredentials, s3Address } from "../client.ts";
import { debianCommand } from "../debian.ts";
import { startLineProgram } from "../line-program.ts";
import { debian13Packages } from "./debian-13.ts";

/** The SDK and all that it needs. */
const packages = [
  ...["ruby-aws-sdk-s3", "ruby-aws-sdk-core", "ruby-aws-sdk-kms", "ruby-aws-sigv4"],
  ...["ruby-aws-partitions", "ruby-aws-eventstream", "ruby-jmespath"],
];

export const awsSdkRuby: Client = {
  name: "aws-sdk-ruby",
  title: "AWS SDK for Ruby v3, Debian 13",
  source: "Debian package ruby-aws-sdk-s3",
  version: "1.170.1",
  environment: { ...containerCredentials, ...s3Address },
  settings: ["Aws::S3::Client.new(force_path_style: true)"],
  longTermKeyBy: "the variables of `format=env`",
  refreshes: 300,
  limits: [
    "Debian 12 has 3.168 of its core, which does not know AWS_CONTAINER_CREDENTIALS_FULL_URI: use a profile with " +
      "`credential_process`, or `keyvend env`.",
  ],
  async start({ bucket }, env) {
    const ruby = await debianCommand("ruby", "ruby");
    const folder = await debian13Packages(packages);
    const libraries = globSync(
      ["usr/lib/ruby/vendor_ruby", "usr/share/rubygems-integration/all/gems/*/lib"],
      {
        cwd: folder,
      },
    );
    return startLineProgram([ruby, join(import.meta.dirname, "with_aws_sdk.rb"), bucket], {
      ...env,
      RUBYLIB: libraries.map((library) => join(folder, library)).join(":"),
    });
  },
};
