package main

import (
	"context"
	"io"
	"log"
	"net/url"
	"os"
	"runtime/debug"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"keyvend/conformance/go/lines"
)

var ctx = context.Background()

type store struct {
	client *minio.Client
	bucket string
}

func main() {
	address, err := url.Parse(os.Getenv("AWS_ENDPOINT_URL_S3"))
	if err != nil {
		log.Fatal(err)
	}
	client, err := minio.New(address.Host, &minio.Options{
		Creds:  credentials.NewIAM(""),
		Secure: address.Scheme == "https",
		Region: os.Getenv("AWS_REGION"),
	})
	if err != nil {
		log.Fatal(err)
	}
	lines.Serve(store{client, os.Args[1]})
}

func (store) Version() string {
	build, _ := debug.ReadBuildInfo()
	for _, module := range build.Deps {
		if module.Path == "github.com/minio/minio-go/v7" {
			return module.Version
		}
	}
	return ""
}

func (s store) Put(key, body string) error {
	_, err := s.client.PutObject(ctx, s.bucket, key, strings.NewReader(body), int64(len(body)), minio.PutObjectOptions{})
	return err
}

func (s store) Get(key string) (string, error) {
	object, err := s.client.GetObject(ctx, s.bucket, key, minio.GetObjectOptions{})
	if err != nil {
		return "", err
	}
	defer object.Close()
	body, err := io.ReadAll(object)
	return string(body), err
}

func (s store) List(prefix string) ([]string, error) {
	keys := []string{}
	for found := range s.client.ListObjects(ctx, s.bucket, minio.ListObjectsOptions{Prefix: prefix, Recursive: true}) {
		if found.Err != nil {
			return nil, found.Err
		}
		keys = append(keys, found.Key)
	}
	return keys, nil
}
