# The program's side of line-program.ts: one operation a line, one answer a line.

require "aws-sdk-s3"

bucket = ARGV[0]
s3 = Aws::S3::Client.new(force_path_style: true)

operations = {
  "version" => -> { [Aws::S3::GEM_VERSION] },
  "put" => ->(key, body) { s3.put_object(bucket:, key:, body:) && [] },
  "get" => ->(key) { [s3.get_object(bucket:, key:).body.read] },
  "list" => ->(prefix) { s3.list_objects_v2(bucket:, prefix:).contents.map(&:key) },
}

$stdout.sync = true
while (line = $stdin.gets)
  operation, *words = line.chomp.split("\t")
  begin
    answer = ["ok", *operations.fetch(operation).call(*words)]
  rescue => error
    answer = ["error", "#{error.class}: #{error.message}".split.join(" ")]
  end
  puts answer.join("\t")
end
