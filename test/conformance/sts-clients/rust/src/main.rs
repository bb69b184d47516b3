//! The program's side of line-program.ts: one operation a line, one answer a line.

use aws_sdk_s3::Client;
use aws_sdk_s3::error::DisplayErrorContext;
use std::error::Error;
use std::io::BufRead;

fn main() {
    let bucket = std::env::args().nth(1).expect("a bucket");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let settings = runtime.block_on(aws_config::load_from_env());
    let path_style = aws_sdk_s3::config::Builder::from(&settings).force_path_style(true);
    let client = Client::from_conf(path_style.build());
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("a line");
        let parts: Vec<&str> = line.split('\t').collect();
        match runtime.block_on(operate(&client, &bucket, &parts)) {
            Ok(found) => println!("{}", [vec!["ok".to_owned()], found].concat().join("\t")),
            Err(error) => {
                let told = DisplayErrorContext(&*error).to_string();
                println!("error\t{}", told.split_whitespace().collect::<Vec<_>>().join(" "));
            }
        }
    }
}

async fn operate(client: &Client, bucket: &str, parts: &[&str]) -> Result<Vec<String>, Box<dyn Error>> {
    match parts {
        ["version"] => Ok(vec![aws_sdk_s3::meta::PKG_VERSION.to_owned()]),
        ["put", key, body] => {
            let body = body.to_string().into_bytes().into();
            client.put_object().bucket(bucket).key(*key).body(body).send().await?;
            Ok(vec![])
        }
        ["get", key] => {
            let object = client.get_object().bucket(bucket).key(*key).send().await?;
            let bytes = object.body.collect().await?.into_bytes();
            Ok(vec![String::from_utf8_lossy(&bytes).into_owned()])
        }
        ["list", prefix] => {
            let listed = client.list_objects_v2().bucket(bucket).prefix(*prefix).send().await?;
            Ok(listed.contents().iter().filter_map(|object| object.key().map(str::to_owned)).collect())
        }
        _ => panic!("unknown: {parts:?}"),
    }
}
