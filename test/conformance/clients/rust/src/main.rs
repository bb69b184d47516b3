//! The program's side of line-program.ts: one operation a line, one answer a line.

use futures::TryStreamExt;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use std::io::BufRead;

fn main() {
    let bucket = std::env::args().nth(1).expect("a bucket");
    let store = AmazonS3Builder::from_env()
        .with_bucket_name(bucket)
        .build()
        .expect("settings");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("a line");
        let parts: Vec<&str> = line.split('\t').collect();
        match runtime.block_on(operate(&store, &parts)) {
            Ok(found) => println!("{}", [vec!["ok".to_owned()], found].concat().join("\t")),
            Err(error) => {
                let words: Vec<String> = format!("{error:?}").split_whitespace().map(str::to_owned).collect();
                println!("error\t{}", words.join(" "));
            }
        }
    }
}

async fn operate(store: &AmazonS3, parts: &[&str]) -> object_store::Result<Vec<String>> {
    match parts {
        ["version"] => Ok(vec![version()]),
        ["put", key, body] => {
            store.put(&Path::from(*key), body.to_string().into()).await?;
            Ok(vec![])
        }
        ["get", key] => {
            let bytes = store.get(&Path::from(*key)).await?.bytes().await?;
            Ok(vec![String::from_utf8_lossy(&bytes).into_owned()])
        }
        ["list", prefix] => {
            let found: Vec<_> = store.list(Some(&Path::from(*prefix))).try_collect().await?;
            Ok(found.into_iter().map(|object| object.location.to_string()).collect())
        }
        _ => panic!("unknown: {parts:?}"),
    }
}

/// The version from the lock file, because a library does not tell its own.
fn version() -> String {
    let lock = include_str!("../Cargo.lock");
    let entry = lock.split("name = \"object_store\"\nversion = \"").nth(1).unwrap_or_default();
    entry.split('"').next().unwrap_or_default().to_owned()
}
