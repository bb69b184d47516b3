package main

import (
	"context"
	"io"
	"log"
	"os"
	"runtime/debug"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"keyvend/conformance/go/lines"
)

var ctx = context.Background()

type store struct {
	client *s3.Client
	bucket *string
}

func main() {
	settings, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		log.Fatal(err)
	}
	client := s3.NewFromConfig(settings, func(options *s3.Options) { options.UsePathStyle = true })
	lines.Serve(store{client, aws.String(os.Args[1])})
}

func (store) Version() string {
	build, _ := debug.ReadBuildInfo()
	for _, module := range build.Deps {
		if module.Path == "github.com/aws/aws-sdk-go-v2/service/s3" {
			return module.Version
		}
	}
	return ""
}

func (s store) Put(key, body string) error {
	_, err := s.client.PutObject(ctx, &s3.PutObjectInput{Bucket: s.bucket, Key: &key, Body: strings.NewReader(body)})
	return err
}

func (s store) Get(key string) (string, error) {
	answer, err := s.client.GetObject(ctx, &s3.GetObjectInput{Bucket: s.bucket, Key: &key})
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	return string(body), err
}

func (s store) List(prefix string) ([]string, error) {
	answer, err := s.client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: s.bucket, Prefix: &prefix})
	if err != nil {
		return nil, err
	}
	keys := []string{}
	for _, found := range answer.Contents {
		keys = append(keys, *found.Key)
	}
	return keys, nil
}
