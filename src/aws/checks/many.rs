//! Lists that come page by page, and many questions at the same time.
//!
//! Bounded in both ways: what lies beyond a bound was not looked at, and is a problem to whoever would claim something from it.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::aws::ask::Recorded;
use crate::checklist::{Evidence, Problem};

/// What was listed.
#[derive(Debug)]
pub(super) struct Listed<T> {
    pub entries: Vec<T>,
    pub problem: Option<Problem>,
    /// Whether all that kept it from going on is the bound.
    pub is_cut_off: bool,
    pub evidence: Vec<Evidence>,
}

impl<T> Listed<T> {
    /// What was listed, whatever a later page would have said. Where nothing was: why, in the words of `endless` where only the bound ended it.
    pub fn anything(self, endless: &str) -> Result<Vec<T>, Problem> {
        match self.problem {
            Some(problem) if self.entries.is_empty() && self.is_cut_off => {
                Err(Problem::malformed(&problem.operation, endless, problem.at))
            }
            Some(problem) if self.entries.is_empty() => Err(problem),
            _ => Ok(self.entries),
        }
    }
}

/// Reads a list to its end, at most `most` pages of it. A page may be empty and still not be the last.
///
/// `read` takes a page apart: its entries and where the next page begins. `fact` says what its entries tell.
pub(super) async fn every_page<O, T, F>(
    operation: &str,
    most: usize,
    ask: impl Fn(Option<String>) -> F,
    read: impl Fn(O) -> (Vec<T>, Option<String>),
    fact: impl Fn(&[T]) -> String,
) -> Listed<T>
where
    F: Future<Output = Recorded<O>> + Send,
{
    let mut listed = Listed { entries: Vec::new(), problem: None, is_cut_off: false, evidence: Vec::new() };
    let mut next = None;
    for _ in 0..most {
        let page = ask(next.take()).await.map(&read);
        listed.evidence.push(page.told(|(entries, _)| fact(entries)));
        match page.result {
            Ok((entries, more)) => {
                listed.entries.extend(entries);
                next = more;
            }
            Err(problem) => {
                listed.problem = Some(problem);
                return listed;
            }
        }
        if next.is_none() {
            return listed;
        }
    }
    let message = format!("After {most} pages there were still more.");
    let at = listed.evidence.last().map(|page| page.at).unwrap_or_default();
    listed.problem = Some(Problem::malformed(operation, &message, at));
    listed.is_cut_off = true;
    listed
}

/// Asks something about each of `items`, `at_once` at the same time, and gives the answers in the order of the items. `None` stands for a
/// question that broke off inside this program.
pub(super) async fn side_by_side<I, T, F>(items: Vec<I>, at_once: usize, ask: impl Fn(I) -> F) -> Vec<Option<T>>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let turns = Arc::new(Semaphore::new(at_once));
    let mut answers: Vec<Option<T>> = items.iter().map(|_| None).collect();
    let mut asking = JoinSet::new();
    for (place, item) in items.into_iter().enumerate() {
        let (question, turns) = (ask(item), turns.clone());
        asking.spawn(async move {
            let _turn = turns.acquire().await;
            (place, question.await)
        });
    }
    while let Some(asked) = asking.join_next().await {
        if let Ok((place, answer)) = asked {
            answers[place] = Some(answer);
        }
    }
    answers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checklist::ProblemKind;

    /// Pages of numbers, by the place where each begins.
    async fn listed(pages: &[Result<&[u32], ProblemKind>], most: usize) -> Listed<u32> {
        let ask = |next: Option<String>| {
            let place: usize = next.map_or(0, |next| next.parse().unwrap());
            let more = (place + 1 < pages.len()).then(|| (place + 1).to_string());
            let coded =
                |kind| Problem { code: Some("Test".to_owned()), ..Problem::here(kind, "a:B", "", jiff::Timestamp::UNIX_EPOCH) };
            let answer = match pages[place] {
                Ok(entries) => Recorded::failed(coded(ProblemKind::Internal)).or_when("Test", (entries.to_vec(), more)),
                Err(kind) => Recorded::failed(coded(kind)),
            };
            std::future::ready(answer)
        };
        every_page("a:B", most, ask, |page| page, |entries| format!("{} entries.", entries.len())).await
    }

    #[tokio::test]
    async fn an_empty_page_is_not_the_end() {
        let all = listed(&[Ok(&[]), Ok(&[1, 2]), Ok(&[]), Ok(&[3])], 9).await;
        assert_eq!((all.entries, all.problem.is_none(), all.evidence.len()), (vec![1, 2, 3], true, 4));
    }

    #[tokio::test]
    async fn what_was_listed_stays_when_a_later_page_fails_and_the_failure_is_told() {
        let some = listed(&[Ok(&[1]), Err(ProblemKind::Throttled), Ok(&[3])], 9).await;
        assert_eq!((some.entries, some.problem.unwrap().kind), (vec![1], ProblemKind::Throttled));
    }

    #[tokio::test]
    async fn a_list_without_an_end_is_a_problem() {
        let some = listed(&[Ok(&[1]), Ok(&[2]), Ok(&[3])], 2).await;
        assert_eq!((some.entries, some.problem.unwrap().kind), (vec![1, 2], ProblemKind::Malformed));
    }

    #[tokio::test]
    async fn answers_stand_in_the_order_of_the_questions_and_one_that_breaks_is_missed() {
        let answers = side_by_side(vec![3_u32, 0, 2], 2, |number| async move {
            assert!(number > 0, "broken on purpose");
            for _ in 0..number {
                tokio::task::yield_now().await;
            }
            number * 10
        });
        assert_eq!(answers.await, [Some(30), None, Some(20)]);
    }
}
