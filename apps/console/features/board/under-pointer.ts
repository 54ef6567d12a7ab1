import { type CollisionDetector, CollisionPriority, CollisionType } from '@dnd-kit/abstract'

/** The target is what is under the pointer, never what the carried card happens to cover: a drop asks nothing. */
export const underPointer: CollisionDetector = ({ dragOperation, droppable }) => {
  const point = dragOperation.position.current
  if (droppable.shape === undefined || !droppable.shape.containsPoint(point)) return null
  return {
    id: droppable.id,
    value: 1,
    type: CollisionType.PointerIntersection,
    priority: CollisionPriority.High,
  }
}
