//! Tests of what callers and the log get of an error.

use serde_json::{Value, json};

use super::*;

fn body(problem: &Problem) -> Value {
    serde_json::from_str(&problem.to_json("abc")).unwrap()
}

#[test]
fn a_refusal_keeps_its_code_and_says_it_plainly() {
    let problem = Problem::from(Error::from(Refusal::GameNotFound));
    assert_eq!(problem.status, StatusCode::NOT_FOUND);
    let error = json!({"message": "This game does not exist", "code": "NOTFOUND002", "requestId": "abc"});
    assert_eq!(body(&problem), json!({"success": false, "error": error}));
}

#[test]
fn validation_names_each_field() {
    let wrong = FieldError::new("page", "is not a number");
    let problem = Problem::from(Error::from(Refusal::Invalid(vec![wrong])));
    assert_eq!(problem.status, StatusCode::BAD_REQUEST);
    assert_eq!(
        body(&problem)["error"]["details"],
        json!([{"field": "page", "message": "is not a number"}])
    );
}

#[test]
fn what_is_unexpected_is_shown_to_nobody() {
    let problem = Problem::from(Error::Internal("SELECT secret FROM /etc/passwd".into()));
    assert_eq!((problem.status.as_u16(), problem.code), (500, "SERVER001"));
    assert!(!problem.to_json("abc").contains("secret"));
    let problem = Problem::from(Error::Unavailable("connection refused".into()));
    assert_eq!((problem.status.as_u16(), problem.code), (503, "GATEWAY002"));
    assert_eq!(problem.into_response().headers()[header::RETRY_AFTER], "1");
}

#[test]
fn the_log_gets_the_whole_chain() {
    let cause = std::io::Error::other("disk gone");
    assert_eq!(chain(&Error::Internal(Box::new(cause))), "an internal error: disk gone");
}
